-- Permissions: grants, ownership chains, EXECUTE AS, tricks that reach no table
--! setup
CREATE TABLE dbo.Secret (Id int NOT NULL CONSTRAINT PK_Secret PRIMARY KEY, Word varchar(10) NOT NULL);
INSERT INTO dbo.Secret VALUES (1, 'hidden');
CREATE TABLE dbo.Open1 (Id int NOT NULL);
INSERT INTO dbo.Open1 VALUES (1);
CREATE ROLE Readers;
CREATE USER Plain WITHOUT LOGIN;
ALTER ROLE Readers ADD MEMBER Plain;
CREATE USER Other WITHOUT LOGIN;
GRANT SELECT ON dbo.Open1 TO Readers;
GO
CREATE VIEW dbo.SecretView AS SELECT Id, Word FROM dbo.Secret;
GO
CREATE VIEW dbo.GrantedView AS SELECT Word FROM dbo.Secret;
GO
CREATE FUNCTION dbo.SecretRows () RETURNS TABLE AS RETURN SELECT Word FROM dbo.Secret;
GO
CREATE FUNCTION dbo.SecretWord () RETURNS varchar(10) AS BEGIN RETURN (SELECT MAX(Word) FROM dbo.Secret); END
GO
CREATE PROCEDURE dbo.ShowSecret AS SELECT Word FROM dbo.Secret;
GO
CREATE PROCEDURE dbo.ShowDynamic AS EXEC (N'SELECT Word FROM dbo.Secret');
GO
CREATE PROCEDURE dbo.CallsOther AS EXEC dbo.ShowSecret;
GO
CREATE PROCEDURE dbo.NotGranted AS SELECT Word FROM dbo.Secret;
GO
GRANT SELECT ON dbo.GrantedView TO Readers;
GRANT EXECUTE ON dbo.ShowSecret TO Readers;
GRANT EXECUTE ON dbo.ShowDynamic TO Plain;
GRANT EXECUTE ON dbo.CallsOther TO Plain;
--! each
EXECUTE AS USER = 'Plain';
--! case a granted table is read
SELECT Id FROM dbo.Open1;
--> 1
--! case a table without a grant
SELECT Word FROM dbo.Secret;
--> error 229, severity 14, state 5, line 1: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case each verb has its own permission
INSERT INTO dbo.Open1 VALUES (2);
--> error 229, severity 14: The INSERT permission was denied on the object 'Open1', database '…', schema 'dbo'.
--! case an update
UPDATE dbo.Open1 SET Id = 2;
--> error 229, severity 14: The UPDATE permission was denied on the object 'Open1', database '…', schema 'dbo'.
--! case a deletion
DELETE FROM dbo.Open1;
--> error 229, severity 14: The DELETE permission was denied on the object 'Open1', database '…', schema 'dbo'.
--! case a procedure that was not granted
EXEC dbo.NotGranted;
--> error 229, severity 14: The EXECUTE permission was denied on the object 'NotGranted', database '…', schema 'dbo'.
--! case a granted procedure reaches its tables
EXEC dbo.ShowSecret;
--> hidden
--! case a granted procedure reaches the procedures that it calls
EXEC dbo.CallsOther;
--> hidden
--! case a granted view reaches its tables
SELECT Word FROM dbo.GrantedView;
--> hidden
--! case trick 1: brackets and other names for the table
SELECT Word FROM [dbo].[SECRET];
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 2: through a view without a grant
SELECT Word FROM dbo.SecretView;
--> error 229, severity 14: The SELECT permission was denied on the object 'SecretView', database '…', schema 'dbo'.
--! case trick 3: through a table function
SELECT Word FROM dbo.SecretRows();
--> error 229, severity 14: The SELECT permission was denied on the object 'SecretRows', database '…', schema 'dbo'.
--! case trick 4: through a scalar function
SELECT dbo.SecretWord() AS w;
--> error 229, severity 14: The EXECUTE permission was denied on the object 'SecretWord', database '…', schema 'dbo'.
--! case trick 5: sp_executesql
EXEC sp_executesql N'SELECT Word FROM dbo.Secret';
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 6: dynamic text in a granted procedure breaks the chain
EXEC dbo.ShowDynamic;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 7: INSERT … EXEC of a procedure without a grant
DECLARE @t TABLE (Word varchar(10));
INSERT INTO @t EXEC dbo.NotGranted;
--> error 229, severity 14: The EXECUTE permission was denied on the object 'NotGranted', database '…', schema 'dbo'.
--! case trick 8: a comment before the statement
/* SELECT 1 */ -- nothing
SELECT /* dbo.Open1 */ Word FROM /**/ dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 9: a subquery, a common table expression, EXISTS
SELECT (SELECT MAX(Word) FROM dbo.Secret) AS w FROM dbo.Open1;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
WITH c AS (SELECT Word FROM dbo.Secret) SELECT COUNT(*) AS n FROM c;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
BEGIN TRY
    EXEC (N'IF EXISTS (SELECT 1 FROM dbo.Secret WHERE Word LIKE ''h%'') PRINT ''told''');
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e;
END CATCH;
--> 229
--! case trick 10: a temporary table, a cursor, a table variable
SELECT Word INTO #t FROM dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
BEGIN TRY
    EXEC (N'DECLARE c CURSOR LOCAL FOR SELECT Word FROM dbo.Secret; OPEN c;');
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, ERROR_SEVERITY() AS s;
END CATCH;
--> 229 | 14
GO
DECLARE @t TABLE (Word varchar(10));
INSERT INTO @t SELECT Word FROM dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
SELECT CAST('' AS varchar(10)) AS Word INTO dbo.Secrets;
--> error 262, severity 14: CREATE TABLE permission denied in database '…'.
GO
SELECT Word FROM dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 11: functions of another engine
SELECT pg_read_file('/etc/passwd') AS a;
--> error 195, severity 15: 'pg_read_file' is not a recognized built-in function name.
GO
SELECT * FROM pg_catalog.pg_class;
--> error 208, severity 16: Invalid object name 'pg_catalog.pg_class'.
GO
SELECT * FROM tsql.objects;
--> error 208, severity 16: Invalid object name 'tsql.objects'.
--! case trick 12: a condition of an update or a MERGE reads the table
BEGIN TRY
    EXEC (N'UPDATE dbo.Secret SET Word = ''x'' WHERE Word LIKE ''h%''');
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e;
END CATCH;
--> 229
GO
MERGE #none AS t USING dbo.Secret AS s ON 1 = 0 WHEN NOT MATCHED THEN INSERT (a) VALUES (s.Word);
--> error 208, severity 16: Invalid object name '#none'.
GO
CREATE TABLE #mine (a varchar(10));
MERGE #mine AS t USING dbo.Secret AS s ON 1 = 0 WHEN NOT MATCHED THEN INSERT (a) VALUES (s.Word);
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case truncation and definitions are for owners
TRUNCATE TABLE dbo.Open1;
--> error 1088, severity 16: Cannot find the object "…" because it does not exist or you do not have permissions.
GO
CREATE TABLE dbo.Mine (a int);
--> error 262, severity 14: CREATE TABLE permission denied in database '…'.
--! case who is who
SELECT USER_NAME() AS u, IS_ROLEMEMBER('Readers') AS r, IS_ROLEMEMBER('db_owner') AS o, HAS_PERMS_BY_NAME('dbo.Open1', 'OBJECT', 'SELECT') AS s, HAS_PERMS_BY_NAME('dbo.Secret', 'OBJECT', 'SELECT') AS t;
--> Plain | 1 | 0 | 1 | 0
--! case REVERT gives the own rights back
REVERT;
GO
SELECT USER_NAME() AS u, Word FROM dbo.Secret;
--> dbo | hidden
--! case nobody impersonates without the right to
EXECUTE AS USER = 'Other';
--> error 15517, severity 16: Cannot execute as the database principal because the principal "Other" does not exist, this type of principal cannot be impersonated, or you do not have permission.
--! case a denial beats the grant of a role
REVERT;
GO
DENY SELECT ON dbo.Open1 TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
SELECT Id FROM dbo.Open1;
--> error 229, severity 14: The SELECT permission was denied on the object 'Open1', database '…', schema 'dbo'.
GO
REVERT;
GO
REVOKE SELECT ON dbo.Open1 FROM Plain;
--! case an error in rights can be caught
BEGIN TRY
    EXEC dbo.NotGranted;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e;
END CATCH;
--> 229
--! case a temporary table needs no right
CREATE TABLE #t (a int);
INSERT INTO #t VALUES (1);
SELECT a FROM #t;
--> 1
--! case HAS_PERMS_BY_NAME by class
SELECT HAS_PERMS_BY_NAME('dbo.ShowSecret', 'OBJECT', 'EXECUTE') AS a, HAS_PERMS_BY_NAME('dbo.NotGranted', 'OBJECT', 'EXECUTE') AS b, HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'CREATE TABLE') AS c, HAS_PERMS_BY_NAME('dbo', 'SCHEMA', 'SELECT') AS d;
--> 1 | 0 | 0 | 0
--! case ORIGINAL_LOGIN stays, USER_NAME and SUSER_SNAME change
SELECT USER_NAME() AS u, CASE WHEN ORIGINAL_LOGIN() = SUSER_SNAME() THEN 'same' ELSE 'other' END AS s, CURRENT_USER AS c, SESSION_USER AS t;
--> Plain | other | Plain | Plain
GO
REVERT;
GO
SELECT USER_NAME() AS u, CASE WHEN ORIGINAL_LOGIN() = SUSER_SNAME() THEN 'same' ELSE 'other' END AS s;
--> dbo | same
--! case IS_ROLEMEMBER of others and of roles that do not exist
SELECT IS_ROLEMEMBER('Readers') AS a, IS_ROLEMEMBER('NoSuchRole') AS c, IS_ROLEMEMBER('public') AS d, IS_MEMBER('Readers') AS e;
--> 1 | NULL | 1 | 1
GO
REVERT;
GO
SELECT IS_ROLEMEMBER('Readers', 'Plain') AS a, IS_ROLEMEMBER('Readers', 'Other') AS b, IS_ROLEMEMBER('Readers', 'Nobody') AS c;
--> 1 | 0 | NULL
--! case a role in a role hands its rights on
REVERT;
GO
CREATE ROLE Inner1; CREATE ROLE Outer1;
CREATE TABLE dbo.Deep1 (a int);
INSERT INTO dbo.Deep1 VALUES (7);
ALTER ROLE Outer1 ADD MEMBER Inner1;
ALTER ROLE Inner1 ADD MEMBER Other;
GRANT SELECT ON dbo.Deep1 TO Outer1;
GO
EXECUTE AS USER = 'Other';
GO
SELECT a, IS_ROLEMEMBER('Outer1') AS r FROM dbo.Deep1;
--> 7 | 1
--! case a grant on a schema covers its objects, a denial of one takes it out
REVERT;
GO
CREATE SCHEMA Area;
GO
CREATE TABLE Area.One (a int); CREATE TABLE Area.Two (a int);
INSERT INTO Area.One VALUES (1);
GRANT SELECT ON SCHEMA::Area TO Other;
DENY SELECT ON Area.Two TO Other;
GO
EXECUTE AS USER = 'Other';
GO
SELECT a FROM Area.One;
--> 1
GO
SELECT a FROM Area.Two;
--> error 229, severity 14, state 5: The SELECT permission was denied on the object 'Two', database '…', schema 'Area'.
--! case EXECUTE AS within EXECUTE AS, and REVERT step by step
--? refused: permissions on principals
REVERT;
GO
GRANT IMPERSONATE ON USER::Other TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
EXECUTE AS USER = 'Other';
GO
SELECT USER_NAME() AS u;
--> Other
GO
REVERT;
GO
SELECT USER_NAME() AS u;
--> Plain
GO
REVERT;
GO
SELECT USER_NAME() AS u;
--> dbo
--! case EXECUTE AS of a procedure ends with it
--? refused: `WITH EXECUTE AS` of modules
REVERT;
GO
CREATE PROCEDURE dbo.AsOther WITH EXECUTE AS 'Other' AS SELECT USER_NAME() AS inside;
GO
EXEC dbo.AsOther;
SELECT USER_NAME() AS outside;
--> Other
--> next
--> dbo
--! case EXECUTE AS OWNER of a procedure lets its dynamic text reach the table
--? refused: `WITH EXECUTE AS` of modules
REVERT;
GO
CREATE PROCEDURE dbo.AsOwner WITH EXECUTE AS OWNER AS EXEC (N'SELECT Word FROM dbo.Secret');
GO
GRANT EXECUTE ON dbo.AsOwner TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
EXEC dbo.AsOwner;
SELECT USER_NAME() AS u;
--> hidden
--> next
--> Plain
--! case a procedure writes for who may not
REVERT;
GO
CREATE TABLE dbo.Written (a int);
GO
CREATE PROCEDURE dbo.Writes AS BEGIN SET NOCOUNT ON; INSERT INTO dbo.Written VALUES (1); UPDATE dbo.Written SET a = a + 1; DELETE FROM dbo.Written WHERE a > 5; SELECT SUM(a) AS s FROM dbo.Written; END
GO
GRANT EXECUTE ON dbo.Writes TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
EXEC dbo.Writes;
--> 2
GO
INSERT INTO dbo.Written VALUES (1);
--> error 229, severity 14: The INSERT permission was denied on the object 'Written', database '…', schema 'dbo'.
--! case a view over a view reaches the table
REVERT;
GO
CREATE VIEW dbo.Upper1 AS SELECT Word FROM dbo.SecretView;
GO
GRANT SELECT ON dbo.Upper1 TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
SELECT Word FROM dbo.Upper1;
--> hidden
--! case a granted table function reaches its tables
REVERT;
GO
CREATE FUNCTION dbo.OpenRows () RETURNS @t TABLE (Word varchar(10)) AS BEGIN INSERT INTO @t SELECT Word FROM dbo.Secret; RETURN; END
GO
GRANT SELECT ON dbo.OpenRows TO Plain;
GO
EXECUTE AS USER = 'Plain';
GO
SELECT Word FROM dbo.OpenRows();
--> hidden
--! case REVERT without EXECUTE AS does nothing
REVERT;
GO
REVERT;
GO
SELECT USER_NAME() AS u;
--> dbo
--! case names of what one may not see are not told
SELECT CASE WHEN OBJECT_ID(N'dbo.Secret') IS NULL THEN 0 ELSE 1 END AS a, (SELECT COUNT(*) FROM sys.tables WHERE name = N'Secret') AS b, (SELECT COUNT(*) FROM sys.tables WHERE name = N'Open1') AS c;
--> 0 | 0 | 1
--! case columns, keys and texts of what one may not see are not told either
SELECT (SELECT COUNT(*) FROM sys.columns AS c WHERE c.name = N'Word' AND OBJECT_NAME(c.object_id) LIKE N'Secret%') AS columns_, (SELECT COUNT(*) FROM sys.key_constraints WHERE name = N'PK_Secret') AS keys, (SELECT COUNT(*) FROM sys.indexes AS i WHERE i.name = N'PK_Secret') AS indexes, (SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES AS t WHERE t.TABLE_NAME LIKE N'Secret%') AS tables_, OBJECT_ID(N'dbo.SecretView') AS id;
--> 0 | 0 | 0 | 0 | NULL
--! case what one may use is told by name, its text is not
SELECT OBJECT_NAME(OBJECT_ID(N'dbo.ShowSecret')) AS name, OBJECT_DEFINITION(OBJECT_ID(N'dbo.ShowSecret')) AS text_, (SELECT COUNT(*) FROM sys.sql_modules AS m WHERE m.object_id = OBJECT_ID(N'dbo.ShowSecret')) AS n, (SELECT COUNT(*) FROM sys.sql_modules AS m WHERE m.definition IS NOT NULL) AS texts, (SELECT COUNT(*) FROM sys.procedures AS p WHERE p.name = N'NotGranted') AS others;
--> ShowSecret | NULL | 1 | 0 | 0
--! case VIEW DEFINITION tells names and texts, and gives no row
REVERT;
GRANT VIEW DEFINITION ON dbo.NotGranted TO Other;
GRANT VIEW DEFINITION ON dbo.Secret TO Other;
EXECUTE AS USER = 'Other';
SELECT CASE WHEN OBJECT_DEFINITION(OBJECT_ID(N'dbo.NotGranted')) LIKE N'%FROM dbo.Secret%' THEN 1 ELSE 0 END AS t, (SELECT COUNT(*) FROM sys.key_constraints WHERE name = N'PK_Secret') AS k, (SELECT COUNT(*) FROM sys.tables WHERE name = N'Secret') AS n, COL_LENGTH(N'dbo.Secret', N'Word') AS l;
--> 1 | 1 | 1 | 10
GO
SELECT Word FROM dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
REVERT;
REVOKE VIEW DEFINITION ON dbo.NotGranted FROM Other;
REVOKE VIEW DEFINITION ON dbo.Secret FROM Other;
--! case roles that read or define everything see everything
REVERT;
CREATE USER Reader WITHOUT LOGIN;
ALTER ROLE db_datareader ADD MEMBER Reader;
DENY SELECT ON dbo.SecretView TO Reader;
EXECUTE AS USER = 'Reader';
SELECT CASE WHEN OBJECT_ID(N'dbo.Secret') IS NULL THEN 0 ELSE 1 END AS t, CASE WHEN OBJECT_ID(N'dbo.SecretView') IS NULL THEN 0 ELSE 1 END AS denied, CASE WHEN OBJECT_ID(N'dbo.NotGranted') IS NULL THEN 0 ELSE 1 END AS p;
REVERT;
ALTER ROLE db_datareader DROP MEMBER Reader;
ALTER ROLE db_ddladmin ADD MEMBER Reader;
EXECUTE AS USER = 'Reader';
SELECT CASE WHEN OBJECT_ID(N'dbo.Secret') IS NULL THEN 0 ELSE 1 END AS t, CASE WHEN OBJECT_ID(N'dbo.NotGranted') IS NULL THEN 0 ELSE 1 END AS p;
REVERT;
DROP USER Reader;
--> 1 | 0 | 0
--> next
--> 1 | 1
--! case trick 13: the database's name in front
DECLARE @text nvarchar(300) = N'SELECT Word FROM ' + QUOTENAME(DB_NAME()) + N'.dbo.Secret';
EXEC (@text);
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
DECLARE @text nvarchar(300) = N'SELECT Word FROM ' + QUOTENAME(DB_NAME()) + N'..Secret';
EXEC (@text);
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
--! case trick 14: a definition of one's own over the table
CREATE VIEW dbo.Mine AS SELECT Word FROM dbo.Secret;
--> error 262, severity 14: CREATE VIEW permission denied in database '…'.
GO
CREATE PROCEDURE dbo.Mine AS SELECT Word FROM dbo.Secret;
--> error 262, severity 14: CREATE PROCEDURE permission denied in database '…'.
GO
ALTER TABLE dbo.Open1 ADD Word varchar(10);
--> error 1088, severity 16: Cannot find the object "…" because it does not exist or you do not have permissions.
GO
DROP TABLE dbo.Open1;
--> error 3701, severity 14: Cannot drop the table '…Open1', because it does not exist or you do not have permission.
GO
CREATE INDEX IX_Open1 ON dbo.Open1 (Id);
--> error 1088, severity 16: Cannot find the object "…" because it does not exist or you do not have permissions.
GO
GRANT SELECT ON dbo.Secret TO Plain;
--> error 15151, severity 16: Cannot find the object 'Secret', because it does not exist or you do not have permission.
GO
ALTER ROLE db_owner ADD MEMBER Plain;
--> error 15151, severity 16: Cannot alter the role 'db_owner', because it does not exist or you do not have permission.
--! case trick 15: a function in a condition, an order, a default of a parameter
SELECT Id FROM dbo.Open1 ORDER BY (SELECT MAX(Word) FROM dbo.Secret);
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
GO
SELECT Id FROM dbo.Open1 WHERE dbo.SecretWord() = 'hidden';
--> error 229, severity 14: The EXECUTE permission was denied on the object 'SecretWord', database '…', schema 'dbo'.
GO
DECLARE @w varchar(10);
SELECT @w = Word FROM dbo.Secret;
--> error 229, severity 14: The SELECT permission was denied on the object 'Secret', database '…', schema 'dbo'.
