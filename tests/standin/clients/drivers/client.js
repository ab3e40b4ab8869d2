// A customer's checkout through node-mssql and tedious: argument 1 is the connection, as JSON.
const assert = require("node:assert");
const fs = require("node:fs");
const sql = require("mssql");
const tedious = require("tedious");

const PATIENCE = 120000;
const given = JSON.parse(process.argv[2]);

async function main() {
    const pool = await sql.connect({
        server: given.host,
        port: given.port,
        user: given.user,
        password: given.password,
        database: given.database,
        options: { encrypt: false, trustServerCertificate: true, cancelTimeout: PATIENCE },
        pool: { min: 1, max: 1 },
        connectionTimeout: PATIENCE,
        requestTimeout: PATIENCE,
    });
    const told = {};

    const call = await pool
        .request()
        .input("UserId", sql.NVarChar(100), "ünï")
        .input("Amount", sql.Decimal(10, 2), 12.5)
        .input("At", sql.DateTime2(3), new Date("2024-02-29T01:02:03.123Z"))
        .output("Total", sql.Decimal(10, 2))
        .output("Message", sql.NVarChar(100))
        .execute("dbo.Redeem");
    told.rows = call.recordsets.map((rows) => rows.map((row) => Object.values(row)));
    told.outputs = [call.output.Total, call.output.Message];
    told.returned = call.returnValue;

    const both = await pool.request().query("SELECT 1 AS a; SELECT N'two' AS b, NULL AS c");
    told.sets = both.recordsets.map((rows) => rows.map((row) => Object.values(row)));

    try {
        await pool.request().query("THROW 50123, N'broken call', 1");
    } catch (error) {
        told.error = [error.number, error.message];
    }

    const transaction = new sql.Transaction(pool);
    await transaction.begin();
    await new sql.Request(transaction)
        .input("id", sql.Int, 7)
        .query("INSERT dbo.Kept (Id) VALUES (@id)");
    await transaction.rollback();

    const table = new sql.Table("dbo.Kept");
    table.columns.add("Id", sql.Int, { nullable: false });
    table.columns.add("Word", sql.NVarChar(20), { nullable: true });
    table.rows.add(1, "first");
    table.rows.add(2, null);
    told.copied = (await pool.request().bulk(table)).rowsAffected;

    const words = new sql.Table("dbo.Words");
    words.columns.add("Id", sql.Int);
    words.columns.add("Word", sql.NVarChar(20));
    words.rows.add(8, "acht");
    const listed = await pool.request().input("Words", words).execute("dbo.TakeWords");
    told.listed = Object.values(listed.recordset[0]);

    const kept = await pool.request().query("SELECT Id, Word FROM dbo.Kept ORDER BY Id");
    told.kept = kept.recordset.map((row) => Object.values(row));

    const statement = new sql.PreparedStatement(pool);
    statement.input("id", sql.Int).output("twice", sql.Int);
    await statement.prepare("SET @twice = 2 * @id; SELECT Word FROM dbo.Kept WHERE Id = @id");
    for (const [id, word] of [[1, "first"], [2, null]]) {
        const found = await statement.execute({ id });
        assert.deepEqual([found.recordset[0].Word, found.output.twice], [word, 2 * id]);
    }
    await statement.unprepare();

    const late = pool.request();
    const waiting = late.query("WAITFOR DELAY '00:05:00'");
    setTimeout(() => late.cancel(), 300);
    told.gave_up = await waiting.then(() => false, (error) => error.code === "ECANCEL");
    await pool.request().query("SELECT 1");
    await pool.close();

    told.fresh = await borrow();

    const identity = await new sql.ConnectionPool({
        server: given.host,
        port: given.port,
        database: given.database,
        authentication: {
            type: "azure-active-directory-access-token",
            options: { token: given.token },
        },
        options: { encrypt: true, trustServerCertificate: true },
        connectionTimeout: PATIENCE,
        requestTimeout: PATIENCE,
    }).connect();
    told.identity = (await identity.request().query("SELECT USER_NAME() AS n")).recordset[0].n;
    await identity.close();

    const strict = await new sql.ConnectionPool({
        server: given.host,
        port: given.port,
        user: given.user,
        password: given.password,
        database: given.database,
        options: {
            encrypt: "strict",
            serverName: "localhost",
            cryptoCredentialsDetails: { ca: fs.readFileSync(given.certificate) },
        },
        connectionTimeout: PATIENCE,
        requestTimeout: PATIENCE,
    }).connect();
    told.strict = (await strict.request().query("SELECT 1 AS n")).recordset[0].n;
    await strict.close();
    told.ended = await ended();
    console.log(JSON.stringify(told));
}

// Another session ends the idle one of a pool: at most one request fails before there is a new one.
async function ended() {
    const options = {
        server: given.host,
        port: given.port,
        user: given.user,
        password: given.password,
        database: given.database,
        options: { encrypt: false },
        pool: { min: 0, max: 1 },
        connectionTimeout: PATIENCE,
        requestTimeout: PATIENCE,
    };
    const pool = await new sql.ConnectionPool(options).connect();
    const admin = await new sql.ConnectionPool(options).connect();
    pool.on("error", () => {});
    const number = async () => (await pool.request().query("SELECT @@SPID AS n")).recordset[0].n;
    const killed = await number();
    await admin.request().query(`KILL ${killed}`);
    const found = await number().catch((error) => {
        const broken = ["ESOCKET", "ECONNCLOSED", "ECONNRESET", "EINVALIDSTATE"];
        assert.ok(broken.includes(error.code), error.code);
        return number();
    });
    await pool.close();
    await admin.close();
    return found !== killed;
}

// node-mssql leaves connections as they are; pools over tedious itself call its reset.
async function borrow() {
    const connection = new tedious.Connection({
        server: given.host,
        authentication: {
            type: "default",
            options: { userName: given.user, password: given.password },
        },
        options: {
            port: given.port,
            database: given.database,
            encrypt: false,
            connectTimeout: PATIENCE,
            requestTimeout: PATIENCE,
        },
    });
    await new Promise((resolve, reject) => {
        connection.connect((error) => (error ? reject(error) : resolve()));
    });
    const run = (text) =>
        new Promise((resolve, reject) => {
            let last = [];
            const request = new tedious.Request(text, (error) =>
                error ? reject(error) : resolve(last),
            );
            request.on("row", (columns) => {
                last = columns.map((column) => column.value);
            });
            connection.execSqlBatch(request);
        });
    for (const text of given.dirty) {
        await run(text);
    }
    const [number] = await run("SELECT @@SPID");
    await new Promise((resolve, reject) => {
        connection.reset((error) => (error ? reject(error) : resolve()));
    });
    const [same, ...rest] = await run(given.look);
    connection.close();
    return [same === number, ...rest];
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
