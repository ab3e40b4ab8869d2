import com.microsoft.sqlserver.jdbc.SQLServerBulkCSVFileRecord;
import com.microsoft.sqlserver.jdbc.SQLServerBulkCopy;
import com.microsoft.sqlserver.jdbc.SQLServerCallableStatement;
import com.microsoft.sqlserver.jdbc.SQLServerConnectionPoolDataSource;
import com.microsoft.sqlserver.jdbc.SQLServerDataTable;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.sql.PooledConnection;

/**
 * A customer's checkout through JDBC: the arguments are URL, user, password, access token,
 * certificate, and what a pool is asked and made dirty with.
 */
class Client {
    public static void main(String[] given) throws Exception {
        List<String> told = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(given[0], given[1], given[2])) {
            call(connection, told);
            results(connection, told);
            error(connection, told);
            rollback(connection);
            bulk(connection, told);
            table(connection, told);
            try (Statement statement = connection.createStatement()) {
                changed(statement);
                told.add("\"kept\": " + rows(
                    statement.executeQuery("SELECT Id, Word FROM dbo.Kept ORDER BY Id")));
            }
            giveUp(connection, told);
        }
        borrow(given, told);
        identity(given, told);
        strict(given, told);
        ended(given, told);
        String json = "{" + String.join(", ", told) + "}";
        System.out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    /** The numbers of rows that changes touch, with and without parameters. */
    static void changed(Statement statement) throws SQLException {
        int plain = statement.executeUpdate("UPDATE dbo.Kept SET Word = Word");
        try (var update = statement.getConnection().prepareStatement(
                "UPDATE dbo.Kept SET Word = Word WHERE Id > ?")) {
            update.setInt(1, 1);
            int prepared = update.executeUpdate();
            if (plain != 2 || prepared != 1) {
                throw new SQLException("changed " + plain + " and " + prepared + " rows");
            }
        }
    }

    static void call(Connection connection, List<String> told) throws SQLException {
        try (var call = connection.prepareCall("{? = call dbo.Redeem(?, ?, ?, ?, ?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setNString(2, "\u00fcn\u00ef");
            call.setBigDecimal(3, new BigDecimal("12.50"));
            call.setTimestamp(4, Timestamp.valueOf(LocalDateTime.parse("2024-02-29T01:02:03.123")));
            call.registerOutParameter(5, Types.DECIMAL, 2);
            call.registerOutParameter(6, Types.NVARCHAR);
            call.execute();
            String first = rows(call.getResultSet());
            call.getMoreResults();
            told.add("\"rows\": [" + first + ", " + rows(call.getResultSet()) + "]");
            call.getMoreResults();
            told.add("\"outputs\": [" + text(call.getBigDecimal(5)) + ", "
                + text(call.getNString(6)) + "]");
            told.add("\"returned\": " + call.getInt(1));
        }
    }

    static void results(Connection connection, List<String> told) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1 AS a; SELECT N'two' AS b, NULL AS c");
            String first = rows(statement.getResultSet());
            statement.getMoreResults();
            told.add("\"sets\": [" + first + ", " + rows(statement.getResultSet()) + "]");
        }
    }

    static void error(Connection connection, List<String> told) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("THROW 50123, N'broken call', 1");
        } catch (SQLException error) {
            told.add("\"error\": [" + error.getErrorCode() + ", " + text(error.getMessage()) + "]");
        }
    }

    static void rollback(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (var insert = connection.prepareStatement("INSERT dbo.Kept (Id) VALUES (?)")) {
            insert.setInt(1, 7);
            insert.executeUpdate();
        }
        connection.rollback();
        connection.setAutoCommit(true);
    }

    static void bulk(Connection connection, List<String> told) throws SQLException {
        var lines = new ByteArrayInputStream("1,first\n2,\n".getBytes(StandardCharsets.UTF_8));
        var rows = new SQLServerBulkCSVFileRecord(lines, "UTF-8", ",", false);
        rows.addColumnMetadata(1, "Id", Types.INTEGER, 0, 0);
        rows.addColumnMetadata(2, "Word", Types.NVARCHAR, 20, 0);
        try (SQLServerBulkCopy copy = new SQLServerBulkCopy(connection)) {
            copy.setDestinationTableName("dbo.Kept");
            copy.writeToServer(rows);
        }
        told.add("\"copied\": 2");
    }

    static void table(Connection connection, List<String> told) throws SQLException {
        SQLServerDataTable words = new SQLServerDataTable();
        words.addColumnMetadata("Id", Types.INTEGER);
        words.addColumnMetadata("Word", Types.NVARCHAR);
        words.addRow(8, "acht");
        try (var call = (SQLServerCallableStatement) connection.prepareCall(
                "{call dbo.TakeWords(?)}")) {
            call.setStructured(1, "dbo.Words", words);
            String listed = rows(call.executeQuery());
            told.add("\"listed\": " + listed.substring(1, listed.length() - 1));
        }
    }

    static void giveUp(Connection connection, List<String> told) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.execute("WAITFOR DELAY '00:05:00'");
        } catch (SQLTimeoutException late) {
            try (Statement statement = connection.createStatement()) {
                told.add("\"gave_up\": " + statement.execute("SELECT 1"));
            }
        }
    }

    static void borrow(String[] given, List<String> told) throws SQLException {
        var source = new SQLServerConnectionPoolDataSource();
        source.setURL(given[0]);
        source.setUser(given[1]);
        source.setPassword(given[2]);
        PooledConnection pooled = source.getPooledConnection();
        String number;
        try (Connection borrowed = pooled.getConnection();
                Statement statement = borrowed.createStatement()) {
            for (int at = 6; at < given.length; at++) {
                statement.execute(given[at]);
            }
            number = rows(statement.executeQuery("SELECT @@SPID")).replaceAll("[^0-9]", "");
        }
        try (Connection again = pooled.getConnection();
                Statement statement = again.createStatement()) {
            String found = rows(statement.executeQuery(given[5]));
            told.add("\"fresh\": " + found.substring(1, found.length() - 1)
                .replaceFirst("\\[" + number + ",", "[true,"));
        }
        pooled.close();
    }

    static void identity(String[] given, List<String> told) throws SQLException {
        Properties facts = new Properties();
        facts.setProperty("accessToken", given[3]);
        String url = given[0].replace("encrypt=false", "encrypt=true;trustServerCertificate=true");
        try (Connection connection = DriverManager.getConnection(url, facts);
                Statement statement = connection.createStatement()) {
            ResultSet found = statement.executeQuery("SELECT USER_NAME()");
            found.next();
            told.add("\"identity\": " + text(found.getString(1)));
        }
    }

    /** TDS 8; frameworks ask there for the types of parameters, too, when they send a NULL. */
    static void strict(String[] given, List<String> told) throws SQLException {
        String url = given[0].replace("encrypt=false",
            "encrypt=strict;serverCertificate=" + given[4]);
        try (Connection connection = DriverManager.getConnection(url, given[1], given[2]);
                var insert = connection.prepareStatement(
                    "INSERT dbo.Kept (Id, Word) VALUES (?, ?)")) {
            String type = insert.getParameterMetaData().getParameterTypeName(2);
            told.add("\"strict\": " + (type.equals("nvarchar") ? 1 : 0));
        }
    }

    /** Another session ends an idle one: a pool that asks is told, and so is who does not. */
    static void ended(String[] given, List<String> told) throws SQLException {
        try (Connection killed = DriverManager.getConnection(given[0], given[1], given[2]);
                Connection admin = DriverManager.getConnection(given[0], given[1], given[2]);
                Statement statement = killed.createStatement();
                Statement kill = admin.createStatement()) {
            String number = rows(statement.executeQuery("SELECT @@SPID"));
            kill.execute("KILL " + number.replaceAll("[^0-9]", ""));
            boolean valid = killed.isValid(60);
            try {
                statement.execute("SELECT 1");
            } catch (SQLException broken) {
                told.add("\"ended\": " + (!valid && broken.getSQLState().startsWith("08")));
            }
        }
    }

    static String rows(ResultSet found) throws SQLException {
        List<String> rows = new ArrayList<>();
        int width = found.getMetaData().getColumnCount();
        while (found.next()) {
            List<String> row = new ArrayList<>();
            for (int column = 1; column <= width; column++) {
                row.add(text(found.getObject(column)));
            }
            rows.add("[" + String.join(", ", row) + "]");
        }
        return "[" + String.join(", ", rows) + "]";
    }

    static String text(Object value) {
        return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
    }
}
