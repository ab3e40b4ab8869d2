"""TDS 7.4 for a server, without input or output.

``ServerConnection`` turns a client's bytes into events, ``Response`` turns answers into bytes.
Nothing here knows sockets, event loops or databases.
"""

from .connection import ServerConnection
from .errors import ProtocolError, Unsendable
from .events import (
    Attention,
    Batch,
    Begin,
    Bulk,
    BulkColumn,
    Discarded,
    Event,
    FederatedLogin,
    Login,
    PreLogin,
    Rpc,
    RpcCall,
    RpcParam,
    Table,
    TableColumn,
    TransactionRequest,
)
from .layout import Layout
from .login import SECURITY_TOKEN
from .packet import Reset
from .response import DELETE, EXECUTE, INSERT, MERGE, SELECT, UPDATE, Response
from .rpc import WELL_KNOWN
from .shape import ColumnMeta, Shape

__all__ = [
    "DELETE",
    "EXECUTE",
    "INSERT",
    "MERGE",
    "SECURITY_TOKEN",
    "SELECT",
    "UPDATE",
    "WELL_KNOWN",
    "Attention",
    "Batch",
    "Begin",
    "Bulk",
    "BulkColumn",
    "ColumnMeta",
    "Discarded",
    "Event",
    "FederatedLogin",
    "Layout",
    "Login",
    "PreLogin",
    "ProtocolError",
    "Reset",
    "Response",
    "Rpc",
    "RpcCall",
    "RpcParam",
    "ServerConnection",
    "Shape",
    "Table",
    "TableColumn",
    "TransactionRequest",
    "Unsendable",
]
