"""A customer's checkout through SqlClient, and scripts through the engine of Microsoft's tools.

The arguments are the connection, as JSON, and the folders of the runtime, as JSON. It runs in a
process of its own: a process can start .NET once, and only with the right variables.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

GIVEN, PLACES = json.loads(sys.argv[1]), json.loads(sys.argv[2])
LIBRARIES = ("System.Data.SqlClient", "Microsoft.SqlTools.ManagedBatchParser")
GAVE_UP = -2


def start() -> None:
    """.NET into this process, and the libraries into it."""
    sys.path.insert(0, PLACES["bridge"])
    loader: Any = import_module("clr_loader")
    bridge: Any = import_module("pythonnet")
    framework = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "runtimeconfig.json"
        settings.write_text(json.dumps({"runtimeOptions": {"framework": framework}}))
        bridge.set_runtime(
            loader.get_coreclr(runtime_config=str(settings), dotnet_root=PLACES["dotnet"])
        )
        clr: Any = import_module("clr")
    sys.path.append(PLACES["assemblies"])
    for library in LIBRARIES:
        clr.AddReference(str(Path(PLACES["assemblies"]) / f"{library}.dll"))


start()
System: Any = import_module("System")
Data: Any = import_module("System.Data")
Client: Any = import_module("System.Data.SqlClient")
Tools: Any = import_module("Microsoft.SqlTools.ServiceLayer.BatchParser.ExecutionEngineCode")


def connection_string(**changes: str) -> str:
    parts = {
        "Server": f"{GIVEN['host']},{GIVEN['port']}",
        "Database": GIVEN["database"],
        "User ID": GIVEN["user"],
        "Password": GIVEN["password"],
        "Encrypt": "false",
        "Connect Timeout": "120",
    }
    return ";".join(f"{name}={value}" for name, value in (parts | changes).items() if value)


def opened(text: str) -> Any:
    connection = Client.SqlConnection(text)
    connection.Open()
    return connection


def plain(value: Any) -> Any:
    """A value of .NET as JSON has it."""
    if isinstance(value, System.DBNull):
        return None
    if isinstance(value, System.Decimal):
        return float(str(value))
    return value


def read(reader: Any) -> list[list[list[Any]]]:
    """Every result set, to the last error."""
    sets: list[list[list[Any]]] = []
    while True:
        rows: list[list[Any]] = []
        while reader.Read():
            rows.append([plain(reader.GetValue(column)) for column in range(reader.FieldCount)])
        if reader.FieldCount:
            sets.append(rows)
        if not reader.NextResult():
            reader.Close()
            return sets


def ask(connection: Any, text: str) -> list[list[list[Any]]]:
    command = Client.SqlCommand(text, connection)
    command.CommandTimeout = 120
    return read(command.ExecuteReader())


def call(connection: Any, told: dict[str, Any]) -> None:
    command = Client.SqlCommand("dbo.Redeem", connection)
    command.CommandType = Data.CommandType.StoredProcedure
    kinds = Data.SqlDbType
    command.Parameters.Add("@UserId", kinds.NVarChar, 100).Value = "ünï"
    command.Parameters.Add("@Amount", kinds.Decimal).Value = System.Decimal(12.5)
    at = command.Parameters.Add("@At", kinds.DateTime2)
    at.Scale, at.Value = 3, System.DateTime(2024, 2, 29, 1, 2, 3, 123)
    total = command.Parameters.Add("@Total", kinds.Decimal)
    total.Precision, total.Scale, total.Direction = 10, 2, Data.ParameterDirection.Output
    message = command.Parameters.Add("@Message", kinds.NVarChar, 100)
    message.Direction = Data.ParameterDirection.Output
    returned = command.Parameters.Add("@Returned", kinds.Int)
    returned.Direction = Data.ParameterDirection.ReturnValue
    told["rows"] = read(command.ExecuteReader())
    told["outputs"] = [plain(total.Value), message.Value]
    told["returned"] = returned.Value


def words(*rows: tuple[int, str | None]) -> Any:
    table = Data.DataTable()
    table.Columns.Add("Id", System.Type.GetType("System.Int32"))
    table.Columns.Add("Word", System.Type.GetType("System.String"))
    for number, word in rows:
        row = table.NewRow()
        row["Id"] = System.Int32(number)
        row["Word"] = System.DBNull.Value if word is None else System.String(word)
        table.Rows.Add(row)
    return table


def change(connection: Any, told: dict[str, Any]) -> None:
    transaction = connection.BeginTransaction()
    insert = Client.SqlCommand("INSERT dbo.Kept (Id) VALUES (@id)", connection, transaction)
    insert.Parameters.AddWithValue("@id", System.Int32(7))
    insert.ExecuteNonQuery()
    transaction.Rollback()
    copy = Client.SqlBulkCopy(connection)
    copy.DestinationTableName = "dbo.Kept"
    copy.WriteToServer(words((1, "first"), (2, None)))
    told["copied"] = 2
    take = Client.SqlCommand("dbo.TakeWords", connection)
    take.CommandType = Data.CommandType.StoredProcedure
    listed = take.Parameters.Add("@Words", Data.SqlDbType.Structured)
    listed.TypeName, listed.Value = "dbo.Words", words((8, "acht"))
    told["listed"] = read(take.ExecuteReader())[0][0]
    [told["kept"]] = ask(connection, "SELECT Id, Word FROM dbo.Kept ORDER BY Id")


def fail(connection: Any, told: dict[str, Any]) -> None:
    try:
        Client.SqlCommand("THROW 50123, N'broken call', 1", connection).ExecuteNonQuery()
    except Client.SqlException as error:
        told["error"] = [error.Number, error.Message]
    late = Client.SqlCommand("WAITFOR DELAY '00:05:00'", connection)
    late.CommandTimeout = 1
    try:
        late.ExecuteNonQuery()
    except Client.SqlException as error:
        told["gave_up"] = error.Number == GAVE_UP and ask(connection, "SELECT 1") == [[[1]]]


def borrow(told: dict[str, Any]) -> None:
    """Twice through a pool with room for one."""
    text = connection_string(**{"Max Pool Size": "1"})
    first = opened(text)
    for dirty in GIVEN["dirty"]:
        Client.SqlCommand(dirty, first).ExecuteNonQuery()
    [[[number]]] = ask(first, "SELECT @@SPID")
    first.Close()
    second = opened(text)
    [[[same, *rest]]] = ask(second, GIVEN["look"])
    second.Close()
    told["fresh"] = [same == number, *rest]


def identify(told: dict[str, Any]) -> None:
    connection = Client.SqlConnection(
        connection_string(
            **{"User ID": "", "Password": "", "Encrypt": "true", "TrustServerCertificate": "true"}
        )
    )
    connection.AccessToken = GIVEN["token"]
    connection.Open()
    [[[told["identity"]]]] = ask(connection, "SELECT USER_NAME()")
    connection.Close()


def end(told: dict[str, Any]) -> None:
    """Another session ends the idle one of a pool: at most one request fails over it."""
    text = connection_string(**{"Max Pool Size": "1"})

    def number() -> int:
        connection = opened(text)
        try:
            [[[found]]] = ask(connection, "SELECT @@SPID")
        finally:
            connection.Close()
        return found

    killed = number()
    admin = opened(connection_string())
    ask(admin, f"KILL {killed}")
    admin.Close()
    try:
        found = number()
    except Client.SqlException:
        found = number()
    told["ended"] = found != killed


class Listener(Tools.IBatchEventsHandler):
    """Hears what the batches of a script say."""

    __namespace__ = "Couponry.Tests"

    def __init__(self) -> None:
        self.rows: list[list[list[Any]]] = []
        self.messages: list[str] = []
        self.errors: list[int] = []

    def OnBatchError(self, _sender: Any, event: Any) -> None:
        self.errors.append(event.Error.Number if event.Error is not None else -1)

    def OnBatchMessage(self, _sender: Any, event: Any) -> None:
        self.messages.append(event.Message)

    def OnBatchResultSetProcessing(self, _sender: Any, event: Any) -> None:
        rows: list[list[Any]] = []
        reader = event.DataReader
        while reader.Read():
            rows.append([plain(reader.GetValue(column)) for column in range(reader.FieldCount)])
        self.rows.append(rows)

    def OnBatchResultSetFinished(self, _sender: Any, _event: Any) -> None:
        pass

    def OnBatchCancelling(self, _sender: Any, _event: Any) -> None:
        pass


def run(script: str, *, halt: bool) -> dict[str, Any]:
    """A script in sqlcmd's language, by the engine that Microsoft's tools run it with."""
    connection = opened(connection_string())
    listener = Listener()
    conditions = Tools.ExecutionEngineConditions()
    conditions.IsSqlCmd, conditions.IsHaltOnError = True, halt
    conditions.BatchSeparator = "GO"
    results: list[str] = []
    engine = Tools.ExecutionEngine()
    engine.ScriptExecutionFinished += lambda _sender, event: results.append(
        str(event.ExecutionResult)
    )
    engine.ExecuteScript(Tools.ScriptExecutionArgs(script, connection, 60, conditions, listener))
    engine.Close(True)
    return {
        "rows": listener.rows,
        "messages": listener.messages,
        "errors": listener.errors,
        "result": results[-1],
    }


def main() -> None:
    told: dict[str, Any] = {}
    connection = opened(connection_string())
    call(connection, told)
    told["sets"] = ask(connection, "SELECT 1 AS a; SELECT N'two' AS b, NULL AS c")
    change(connection, told)
    fail(connection, told)
    borrow(told)
    identify(told)
    end(told)
    connection.Close()
    told["scripts"] = [run(each["text"], halt=each["halt"]) for each in GIVEN["scripts"]]
    print(json.dumps(told))


main()
