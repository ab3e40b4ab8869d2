-- The catalogue: sys views and INFORMATION_SCHEMA, with names as the scripts write them
--! setup
CREATE SCHEMA Sales;
GO
CREATE TYPE dbo.ShortCode FROM varchar(12) NOT NULL;
CREATE TYPE dbo.OrderIds AS TABLE (Id int NOT NULL PRIMARY KEY, Note nvarchar(20) NULL);
CREATE SEQUENCE Sales.Numbers AS bigint START WITH 100 INCREMENT BY 5 MINVALUE 100 MAXVALUE 1000 CYCLE CACHE 10;
CREATE TABLE Sales.Shops (ShopId int IDENTITY(10, 5) NOT NULL CONSTRAINT PK_Shops PRIMARY KEY CLUSTERED, Code dbo.ShortCode NOT NULL CONSTRAINT UQ_Shops_Code UNIQUE, Name nvarchar(50) COLLATE Latin1_General_BIN2 NULL);
CREATE TABLE Sales.Orders (OrderId bigint NOT NULL, ShopId int NOT NULL, Amount decimal(12, 3) NOT NULL CONSTRAINT DF_Orders_Amount DEFAULT (0), Total AS ISNULL(Amount * 2, 0) PERSISTED, State char(1) NOT NULL CONSTRAINT CK_Orders_State CHECK (State IN ('a', 'b')), Made datetime2(3) NULL, Version rowversion NOT NULL, CONSTRAINT PK_Orders PRIMARY KEY (OrderId, ShopId), CONSTRAINT FK_Orders_Shops FOREIGN KEY (ShopId) REFERENCES Sales.Shops (ShopId) ON DELETE CASCADE);
CREATE NONCLUSTERED INDEX IX_Orders_Made ON Sales.Orders (Made DESC, ShopId) INCLUDE (Amount) WHERE Made IS NOT NULL;
GO
CREATE VIEW Sales.OpenOrders AS SELECT OrderId, ShopId, Amount FROM Sales.Orders WHERE State = 'a';
GO
CREATE PROCEDURE Sales.AddOrder @OrderId bigint, @Amount decimal(12, 3) = 1.5, @Ids dbo.OrderIds READONLY, @Made datetime2(3) OUTPUT AS
BEGIN
    SET NOCOUNT ON;
    SET @Made = '2024-01-01';
END
GO
CREATE FUNCTION dbo.Doubled (@x int) RETURNS int AS BEGIN RETURN @x * 2; END
GO
CREATE FUNCTION dbo.Upto (@n int) RETURNS TABLE AS RETURN (SELECT value AS n FROM GENERATE_SERIES(1, @n));
GO
CREATE FUNCTION dbo.ManyRows (@n int) RETURNS @t TABLE (Id int NOT NULL PRIMARY KEY, Word varchar(9) NULL) AS BEGIN INSERT INTO @t VALUES (@n, 'x'); RETURN; END
GO
CREATE ROLE Clerks;
CREATE USER Anna WITHOUT LOGIN;
ALTER ROLE Clerks ADD MEMBER Anna;
GRANT SELECT, INSERT ON Sales.Shops TO Clerks;
GRANT EXECUTE ON Sales.AddOrder TO Clerks;
DENY DELETE ON Sales.Shops TO Clerks;
GRANT SELECT ON SCHEMA::Sales TO Anna;
--! case sys.schemas
SELECT s.name, p.name AS owner FROM sys.schemas AS s INNER JOIN sys.database_principals AS p ON p.principal_id = s.principal_id WHERE s.name IN (N'dbo', N'Sales') ORDER BY s.name;
--> columns name nvarchar(128) not null, owner
--> dbo | dbo
--> Sales | dbo
--! case sys.objects and their kinds
SELECT o.name, RTRIM(o.type) AS type, o.type_desc, SCHEMA_NAME(o.schema_id) AS s FROM sys.objects AS o WHERE o.schema_id = SCHEMA_ID(N'Sales') OR o.name IN (N'Doubled', N'Upto', N'ManyRows') ORDER BY o.name;
--> AddOrder | P | SQL_STORED_PROCEDURE | Sales
--> CK_Orders_State | C | CHECK_CONSTRAINT | Sales
--> DF_Orders_Amount | D | DEFAULT_CONSTRAINT | Sales
--> Doubled | FN | SQL_SCALAR_FUNCTION | dbo
--> FK_Orders_Shops | F | FOREIGN_KEY_CONSTRAINT | Sales
--> ManyRows | TF | SQL_TABLE_VALUED_FUNCTION | dbo
--> Numbers | SO | SEQUENCE_OBJECT | Sales
--> OpenOrders | V | VIEW | Sales
--> Orders | U | USER_TABLE | Sales
--> PK_Orders | PK | PRIMARY_KEY_CONSTRAINT | Sales
--> PK_Shops | PK | PRIMARY_KEY_CONSTRAINT | Sales
--> Shops | U | USER_TABLE | Sales
--> Upto | IF | SQL_INLINE_TABLE_VALUED_FUNCTION | dbo
--> UQ_Shops_Code | UQ | UNIQUE_CONSTRAINT | Sales
--! case constraints hang on their table
SELECT o.name, OBJECT_NAME(o.parent_object_id) AS parent FROM sys.objects AS o WHERE o.parent_object_id = OBJECT_ID(N'Sales.Orders') ORDER BY o.name;
--> CK_Orders_State | Orders
--> DF_Orders_Amount | Orders
--> FK_Orders_Shops | Orders
--> PK_Orders | Orders
--! case sys.tables and sys.views
SELECT name, 't' AS kind FROM sys.tables WHERE schema_id = SCHEMA_ID(N'Sales') UNION ALL SELECT name, 'v' FROM sys.views WHERE schema_id = SCHEMA_ID(N'Sales') ORDER BY name;
--> OpenOrders | v
--> Orders | t
--> Shops | t
--! case sys.columns
SELECT c.column_id, c.name, TYPE_NAME(c.user_type_id) AS t, c.max_length, c.precision, c.scale, c.is_nullable, c.is_identity, c.is_computed FROM sys.columns AS c WHERE c.object_id = OBJECT_ID(N'Sales.Orders') ORDER BY c.column_id;
--> 1 | OrderId | bigint | 8 | 19 | 0 | 0 | 0 | 0
--> 2 | ShopId | int | 4 | 10 | 0 | 0 | 0 | 0
--> 3 | Amount | decimal | 9 | 12 | 3 | 0 | 0 | 0
--> 4 | Total | decimal | 9 | 14 | 3 | 0 | 0 | 1
--> 5 | State | char | 1 | 0 | 0 | 0 | 0 | 0
--> 6 | Made | datetime2 | 7 | 23 | 3 | 1 | 0 | 0
--> 7 | Version | timestamp | 8 | 0 | 0 | 0 | 0 | 0
--! case a column of an alias type, and one with a collation
SELECT c.name, TYPE_NAME(c.user_type_id) AS u, TYPE_NAME(c.system_type_id) AS s, c.max_length, CASE WHEN c.collation_name = CONVERT(sysname, DATABASEPROPERTYEX(DB_NAME(), 'Collation')) THEN N'the default' ELSE c.collation_name END AS collation_name FROM sys.columns AS c WHERE c.object_id = OBJECT_ID(N'Sales.Shops') AND c.name IN (N'Code', N'Name') ORDER BY c.column_id;
--> Code | ShortCode | varchar | 12 | the default
--> Name | nvarchar | nvarchar | 100 | Latin1_General_BIN2
--! case sys.types
SELECT t.name, t.max_length, t.is_nullable, t.is_user_defined, t.is_table_type FROM sys.types AS t WHERE t.name IN (N'int', N'nvarchar', N'OrderIds', N'ShortCode') ORDER BY t.name;
--> int | 4 | 1 | 0 | 0
--> nvarchar | 8000 | 1 | 0 | 0
--> OrderIds | -1 | 0 | 1 | 1
--> ShortCode | 12 | 0 | 1 | 0
--! case sys.table_types and their columns
SELECT tt.name, c.name AS c, TYPE_NAME(c.user_type_id) AS t, c.max_length, c.is_nullable FROM sys.table_types AS tt INNER JOIN sys.columns AS c ON c.object_id = tt.type_table_object_id WHERE tt.name = N'OrderIds' ORDER BY c.column_id;
--> OrderIds | Id | int | 4 | 0
--> OrderIds | Note | nvarchar | 40 | 1
--! case sys.identity_columns
SELECT name, CAST(seed_value AS int) AS seed, CAST(increment_value AS int) AS increment FROM sys.identity_columns WHERE object_id = OBJECT_ID(N'Sales.Shops');
--> ShopId | 10 | 5
--! case sys.computed_columns
SELECT name, definition, is_persisted FROM sys.computed_columns WHERE object_id = OBJECT_ID(N'Sales.Orders');
--> Total | (isnull([Amount]*(2),(0))) | 1
--! case sys.indexes
SELECT i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint, i.has_filter FROM sys.indexes AS i WHERE i.object_id IN (OBJECT_ID(N'Sales.Orders'), OBJECT_ID(N'Sales.Shops')) ORDER BY i.name;
--> IX_Orders_Made | NONCLUSTERED | 0 | 0 | 0 | 1
--> PK_Orders | CLUSTERED | 1 | 1 | 0 | 0
--> PK_Shops | CLUSTERED | 1 | 1 | 0 | 0
--> UQ_Shops_Code | NONCLUSTERED | 1 | 0 | 1 | 0
--! case the filter of an index
SELECT i.filter_definition FROM sys.indexes AS i WHERE i.name = N'IX_Orders_Made';
--> ([Made] IS NOT NULL)
--! case sys.index_columns
SELECT i.name, COL_NAME(ic.object_id, ic.column_id) AS c, ic.key_ordinal, ic.is_descending_key, ic.is_included_column FROM sys.index_columns AS ic INNER JOIN sys.indexes AS i ON i.object_id = ic.object_id AND i.index_id = ic.index_id WHERE ic.object_id = OBJECT_ID(N'Sales.Orders') ORDER BY i.name, ic.index_column_id;
--> IX_Orders_Made | Made | 1 | 1 | 0
--> IX_Orders_Made | ShopId | 2 | 0 | 0
--> IX_Orders_Made | Amount | 0 | 0 | 1
--> PK_Orders | OrderId | 1 | 0 | 0
--> PK_Orders | ShopId | 2 | 0 | 0
--! case sys.key_constraints
SELECT k.name, RTRIM(k.type) AS type, OBJECT_NAME(k.parent_object_id) AS t, k.is_system_named FROM sys.key_constraints AS k WHERE k.schema_id = SCHEMA_ID(N'Sales') ORDER BY k.name;
--> PK_Orders | PK | Orders | 0
--> PK_Shops | PK | Shops | 0
--> UQ_Shops_Code | UQ | Shops | 0
--! case sys.check_constraints
SELECT name, definition, is_disabled, is_not_trusted FROM sys.check_constraints WHERE parent_object_id = OBJECT_ID(N'Sales.Orders');
--> CK_Orders_State | ([State]='b' OR [State]='a') | 0 | 0
--! case sys.default_constraints
SELECT d.name, d.definition, COL_NAME(d.parent_object_id, d.parent_column_id) AS c FROM sys.default_constraints AS d WHERE d.parent_object_id = OBJECT_ID(N'Sales.Orders');
--> DF_Orders_Amount | ((0)) | Amount
--! case sys.foreign_keys and their columns
SELECT f.name, OBJECT_NAME(f.parent_object_id) AS p, OBJECT_NAME(f.referenced_object_id) AS r, f.delete_referential_action_desc AS d, f.update_referential_action_desc AS u, COL_NAME(fc.parent_object_id, fc.parent_column_id) AS pc, COL_NAME(fc.referenced_object_id, fc.referenced_column_id) AS rc FROM sys.foreign_keys AS f INNER JOIN sys.foreign_key_columns AS fc ON fc.constraint_object_id = f.object_id WHERE f.name = N'FK_Orders_Shops';
--> FK_Orders_Shops | Orders | Shops | CASCADE | NO_ACTION | ShopId | ShopId
--! case sys.procedures and sys.parameters
SELECT p.name, TYPE_NAME(p.user_type_id) AS t, p.max_length, p.precision, p.scale, p.is_output, p.is_readonly FROM sys.procedures AS o INNER JOIN sys.parameters AS p ON p.object_id = o.object_id WHERE o.name = N'AddOrder' ORDER BY p.parameter_id;
--> @OrderId | bigint | 8 | 19 | 0 | 0 | 0
--> @Amount | decimal | 9 | 12 | 3 | 0 | 0
--> @Ids | OrderIds | -1 | 0 | 0 | 0 | 1
--> @Made | datetime2 | 7 | 23 | 3 | 1 | 0
--! case the result of a scalar function is parameter zero
SELECT p.parameter_id, p.name, TYPE_NAME(p.user_type_id) AS t, p.is_output FROM sys.parameters AS p WHERE p.object_id = OBJECT_ID(N'dbo.Doubled') ORDER BY p.parameter_id;
--> 0 | '' | int | 1
--> 1 | @x | int | 0
--! case sys.sql_modules, OBJECT_DEFINITION and sp_helptext hold the text as it was written
SELECT m.definition, CASE WHEN m.definition = OBJECT_DEFINITION(m.object_id) THEN 1 ELSE 0 END AS same, m.is_schema_bound FROM sys.sql_modules AS m WHERE m.object_id = OBJECT_ID(N'dbo.Doubled');
--> CREATE FUNCTION dbo.Doubled (@x int) RETURNS int AS BEGIN RETURN @x * 2; END | 1 | 0
GO
EXEC sp_helptext N'dbo.Doubled';
--> columns Text nvarchar(255)
--> CREATE FUNCTION dbo.Doubled (@x int) RETURNS int AS BEGIN RETURN @x * 2; END
--! case sp_helptext of what is not there
EXEC sp_helptext N'dbo.NotThere';
--> error 15009, severity 16, state 1: The object 'dbo.NotThere' does not exist in database '…' or is invalid for this operation.
--! case sys.sequences
SELECT name, TYPE_NAME(user_type_id) AS t, CAST(start_value AS bigint) AS s, CAST(increment AS bigint) AS i, CAST(minimum_value AS bigint) AS mi, CAST(maximum_value AS bigint) AS ma, is_cycling FROM sys.sequences WHERE name = N'Numbers';
--> Numbers | bigint | 100 | 5 | 100 | 1000 | 1
--! case sys.database_principals
SELECT name, RTRIM(type) AS type, type_desc FROM sys.database_principals WHERE name IN (N'public', N'Clerks', N'Anna', N'db_owner', N'guest') ORDER BY name;
--> Anna | S | SQL_USER
--> Clerks | R | DATABASE_ROLE
--> db_owner | R | DATABASE_ROLE
--> guest | S | SQL_USER
--> public | R | DATABASE_ROLE
--! case sys.database_role_members
SELECT r.name AS role, m.name AS member FROM sys.database_role_members AS d INNER JOIN sys.database_principals AS r ON r.principal_id = d.role_principal_id INNER JOIN sys.database_principals AS m ON m.principal_id = d.member_principal_id WHERE r.name = N'Clerks';
--> Clerks | Anna
--! case sys.database_permissions
SELECT USER_NAME(p.grantee_principal_id) AS who, p.class_desc, p.permission_name, p.state_desc, OBJECT_NAME(p.major_id) AS what FROM sys.database_permissions AS p WHERE USER_NAME(p.grantee_principal_id) = N'Clerks' ORDER BY p.permission_name;
--> Clerks | OBJECT_OR_COLUMN | DELETE | DENY | Shops
--> Clerks | OBJECT_OR_COLUMN | EXECUTE | GRANT | AddOrder
--> Clerks | OBJECT_OR_COLUMN | INSERT | GRANT | Shops
--> Clerks | OBJECT_OR_COLUMN | SELECT | GRANT | Shops
--! case a permission on a schema
SELECT p.class_desc, SCHEMA_NAME(p.major_id) AS s, p.permission_name FROM sys.database_permissions AS p WHERE p.grantee_principal_id = USER_ID(N'Anna') AND p.class = 3;
--> SCHEMA | Sales | SELECT
--! case the own session
SELECT s.session_id - @@SPID AS d, s.is_user_process, s.status, CASE WHEN s.login_name = ORIGINAL_LOGIN() THEN 1 ELSE 0 END AS mine, s.transaction_isolation_level, s.open_transaction_count FROM sys.dm_exec_sessions AS s WHERE s.session_id = @@SPID;
--> 0 | 1 | running | 1 | 2 | 0
--! case INFORMATION_SCHEMA.TABLES
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = N'Sales' ORDER BY TABLE_NAME;
--> Sales | OpenOrders | VIEW
--> Sales | Orders | BASE TABLE
--> Sales | Shops | BASE TABLE
--! case INFORMATION_SCHEMA.COLUMNS
SELECT COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = N'Orders' ORDER BY ORDINAL_POSITION;
--> OrderId | 1 | NULL | NO | bigint | NULL | 19 | 0 | NULL
--> ShopId | 2 | NULL | NO | int | NULL | 10 | 0 | NULL
--> Amount | 3 | ((0)) | NO | decimal | NULL | 12 | 3 | NULL
--> Total | 4 | NULL | NO | decimal | NULL | 14 | 3 | NULL
--> State | 5 | NULL | NO | char | 1 | NULL | NULL | NULL
--> Made | 6 | NULL | YES | datetime2 | NULL | NULL | NULL | 3
--> Version | 7 | NULL | NO | timestamp | NULL | NULL | NULL | NULL
--! case INFORMATION_SCHEMA: constraints and their columns
SELECT t.CONSTRAINT_NAME, t.CONSTRAINT_TYPE, k.COLUMN_NAME, k.ORDINAL_POSITION FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS t LEFT JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS k ON k.CONSTRAINT_NAME = t.CONSTRAINT_NAME WHERE t.TABLE_NAME = N'Orders' ORDER BY t.CONSTRAINT_NAME, k.ORDINAL_POSITION;
--> CK_Orders_State | CHECK | NULL | NULL
--> FK_Orders_Shops | FOREIGN KEY | ShopId | 1
--> PK_Orders | PRIMARY KEY | OrderId | 1
--> PK_Orders | PRIMARY KEY | ShopId | 2
--! case INFORMATION_SCHEMA: referential constraints and checks
SELECT r.CONSTRAINT_NAME, r.UNIQUE_CONSTRAINT_NAME, r.DELETE_RULE, c.CHECK_CLAUSE FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS AS r CROSS JOIN INFORMATION_SCHEMA.CHECK_CONSTRAINTS AS c WHERE r.CONSTRAINT_NAME = N'FK_Orders_Shops' AND c.CONSTRAINT_NAME = N'CK_Orders_State';
--> FK_Orders_Shops | PK_Shops | CASCADE | ([State]='b' OR [State]='a')
--! case INFORMATION_SCHEMA.ROUTINES and PARAMETERS
SELECT r.ROUTINE_NAME, r.ROUTINE_TYPE, p.PARAMETER_NAME, p.PARAMETER_MODE, p.DATA_TYPE FROM INFORMATION_SCHEMA.ROUTINES AS r INNER JOIN INFORMATION_SCHEMA.PARAMETERS AS p ON p.SPECIFIC_NAME = r.SPECIFIC_NAME WHERE r.ROUTINE_NAME = N'AddOrder' ORDER BY p.ORDINAL_POSITION;
--> AddOrder | PROCEDURE | @OrderId | IN | bigint
--> AddOrder | PROCEDURE | @Amount | IN | decimal
--> AddOrder | PROCEDURE | @Ids | IN | table type
--> AddOrder | PROCEDURE | @Made | INOUT | datetime2
--! case INFORMATION_SCHEMA.VIEWS
SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_NAME = N'OpenOrders';
--> Sales | OpenOrders | CREATE VIEW Sales.OpenOrders AS SELECT OrderId, ShopId, Amount FROM Sales.Orders WHERE State = 'a';
--! case OBJECT_ID with a kind
SELECT CASE WHEN OBJECT_ID(N'Sales.Orders', N'U') = OBJECT_ID(N'[Sales].[Orders]') THEN 1 ELSE 0 END AS a, OBJECT_ID(N'Sales.Orders', N'P') AS b, CASE WHEN OBJECT_ID(N'Sales.FK_Orders_Shops', N'F') IS NULL THEN 0 ELSE 1 END AS c, OBJECT_ID(N'Orders') AS d;
--> 1 | NULL | 1 | NULL
--! case OBJECT_ID of a temporary table is asked of tempdb
CREATE TABLE #known (a int);
SELECT CASE WHEN OBJECT_ID(N'tempdb..#known') IS NULL THEN 0 ELSE 1 END AS a, CASE WHEN OBJECT_ID(N'tempdb.dbo.#known', N'U') IS NULL THEN 0 ELSE 1 END AS b, OBJECT_ID(N'dbo.#none') AS c;
--> 1 | 1 | NULL
--! case names of things by their number
SELECT OBJECT_NAME(OBJECT_ID(N'Sales.Orders')) AS a, OBJECT_SCHEMA_NAME(OBJECT_ID(N'Sales.Orders')) AS b, COL_NAME(OBJECT_ID(N'Sales.Orders'), 3) AS c, COL_LENGTH(N'Sales.Orders', N'Amount') AS d, TYPE_NAME(TYPE_ID(N'dbo.ShortCode')) AS e, SCHEMA_NAME(SCHEMA_ID(N'Sales')) AS f;
--> Orders | Sales | Amount | 9 | ShortCode | Sales
--! case OBJECTPROPERTY and COLUMNPROPERTY
SELECT OBJECTPROPERTY(OBJECT_ID(N'Sales.Orders'), 'IsUserTable') AS a, OBJECTPROPERTY(OBJECT_ID(N'Sales.AddOrder'), 'IsProcedure') AS b, COLUMNPROPERTY(OBJECT_ID(N'Sales.Shops'), N'ShopId', 'IsIdentity') AS c, COLUMNPROPERTY(OBJECT_ID(N'Sales.Orders'), N'Total', 'IsComputed') AS d, COLUMNPROPERTY(OBJECT_ID(N'Sales.Orders'), N'Made', 'AllowsNull') AS e;
--> 1 | 1 | 1 | 1 | 1
--! case names are found whatever their case, and shown as written
SELECT name FROM SYS.TABLES WHERE NAME = N'orders' AND OBJECT_ID = OBJECT_ID(N'SALES.ORDERS');
--> columns name nvarchar(128)
--> Orders
--! case a dropped object is gone from every view
CREATE TABLE Sales.Gone (a int NOT NULL CONSTRAINT PK_Gone PRIMARY KEY);
DROP TABLE Sales.Gone;
SELECT (SELECT COUNT(*) FROM sys.objects WHERE name IN (N'Gone', N'PK_Gone')) AS a, (SELECT COUNT(*) FROM sys.indexes WHERE name = N'PK_Gone') AS b, (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = N'Gone') AS c;
--> 0 | 0 | 0
--! case a table made in a transaction that is undone is not in the catalogue
BEGIN TRANSACTION;
CREATE TABLE Sales.Half (a int);
SELECT COUNT(*) AS n FROM sys.tables WHERE name = N'Half';
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM sys.tables WHERE name = N'Half';
--> columns n
--> 1
--> columns n
--> 0
--! case sys.databases and the database's own options
SELECT CASE WHEN d.name = DB_NAME() THEN N'this one' ELSE d.name END AS name, d.compatibility_level, d.state_desc, CASE WHEN d.collation_name = CONVERT(sysname, DATABASEPROPERTYEX(DB_NAME(), 'Collation')) THEN 1 ELSE 0 END AS same FROM sys.databases AS d WHERE d.database_id = DB_ID();
--> columns name nvarchar(128), compatibility_level tinyint, state_desc nvarchar(60), same int
--> this one | 160 | ONLINE | 1
--! case sys.all_objects, sys.all_columns, sys.system_views answer
SELECT CASE WHEN COUNT(*) > 0 THEN 1 ELSE 0 END AS a FROM sys.all_objects WHERE name = N'Orders';
SELECT COUNT(*) AS b FROM sys.all_columns WHERE object_id = OBJECT_ID(N'Sales.Orders');
--> 1
--> next
--> 7
--! case dependencies of a module
--? refused: other views of `sys`
SELECT d.referenced_schema_name AS s, d.referenced_entity_name AS e FROM sys.sql_expression_dependencies AS d WHERE d.referencing_id = OBJECT_ID(N'Sales.OpenOrders');
--> Sales | Orders
--! case sp_describe_first_result_set tells the columns of a text
CREATE TABLE #answer (is_hidden bit, column_ordinal int, name sysname NULL, is_nullable bit, system_type_id int, system_type_name nvarchar(256), max_length smallint, precision tinyint, scale tinyint, collation_name sysname NULL, c11 int, c12 sysname NULL, c13 sysname NULL, c14 sysname NULL, c15 nvarchar(4000), c16 int, c17 sysname NULL, c18 sysname NULL, c19 sysname NULL, c20 bit, c21 bit, c22 bit, c23 sysname NULL, c24 sysname NULL, c25 sysname NULL, c26 sysname NULL, c27 sysname NULL, is_identity_column bit, c29 bit, c30 bit, c31 bit, c32 bit, c33 smallint, c34 smallint, c35 smallint, tds_type_id int, tds_length int, c38 int, c39 tinyint);
INSERT INTO #answer EXEC sys.sp_describe_first_result_set @tsql = N'SELECT ShopId, Name, CAST(1 AS decimal(9,2)) AS d FROM Sales.Shops; SELECT 1 AS b;';
SELECT column_ordinal, name, system_type_name, max_length, precision, scale FROM #answer ORDER BY column_ordinal;
--> 1 | ShopId | int | 4 | 10 | 0
--> 2 | Name | nvarchar(50) | 100 | 0 | 0
--> 3 | d | decimal(9,2) | 5 | 9 | 2
--! case sp_describe_first_result_set of a text that shows nothing
EXEC sp_describe_first_result_set N'PRINT 1';
--> no rows
--! case a procedure of the system that is not there is refused by its name
--? refused: system procedures that are not named here
EXEC sp_tableoption N'Sales.Shops', 'large value types out of row', 1;
