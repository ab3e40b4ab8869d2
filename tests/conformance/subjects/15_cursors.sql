-- Cursors: LOCAL, FAST_FORWARD, STATIC, SCROLL
--! setup
CREATE TABLE dbo.Walked (Id int NOT NULL CONSTRAINT PK_Walked PRIMARY KEY, Word varchar(10) NULL);
INSERT INTO dbo.Walked VALUES (1, 'one'), (2, 'two'), (3, NULL);
GO
CREATE PROCEDURE dbo.SumByCursor @From int, @Total int OUTPUT AS
BEGIN
    SET NOCOUNT ON;
    SET @Total = 0;
    DECLARE @id int;
    DECLARE walk CURSOR LOCAL FAST_FORWARD FOR SELECT Id FROM dbo.Walked WHERE Id >= @From ORDER BY Id;
    OPEN walk;
    FETCH NEXT FROM walk INTO @id;
    WHILE @@FETCH_STATUS = 0
    BEGIN
        SET @Total += @id;
        FETCH NEXT FROM walk INTO @id;
    END
    CLOSE walk;
    DEALLOCATE walk;
END
--! case the first row
DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT Id FROM dbo.Walked ORDER BY Id;
DECLARE @i int;
OPEN c;
FETCH NEXT FROM c INTO @i;
SELECT @i AS i, @@FETCH_STATUS AS s, @@ROWCOUNT AS n;
--> 1 | 0 | 1
--! case a loop over all rows
DECLARE @id int, @word varchar(10), @all varchar(100) = '';
DECLARE c CURSOR LOCAL FAST_FORWARD READ_ONLY FOR SELECT Id, Word FROM dbo.Walked ORDER BY Id DESC;
OPEN c;
FETCH NEXT FROM c INTO @id, @word;
WHILE @@FETCH_STATUS = 0
BEGIN
    SET @all = CONCAT(@all, @id, ':', @word, ';');
    FETCH NEXT FROM c INTO @id, @word;
END;
CLOSE c;
DEALLOCATE c;
SELECT @all AS a, @@FETCH_STATUS AS s;
--> 3:;2:two;1:one; | -1
--! case the loop with BREAK
DECLARE @id int, @n int = 0;
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked ORDER BY Id;
OPEN c;
WHILE 1 = 1
BEGIN
    FETCH NEXT FROM c INTO @id;
    IF @@FETCH_STATUS <> 0 BREAK;
    SET @n += @id;
END;
SELECT @n AS n;
--> 6
--! case in a procedure
DECLARE @t int;
EXEC dbo.SumByCursor @From = 2, @Total = @t OUTPUT;
SELECT @t AS t;
EXEC dbo.SumByCursor 1, @t OUTPUT;
SELECT @t AS t;
--> 5
--> next
--> 6
--! case no rows
DECLARE @i int = 7;
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked WHERE Id > 99;
OPEN c;
FETCH NEXT FROM c INTO @i;
SELECT @i AS i, @@FETCH_STATUS AS s, @@ROWCOUNT AS n;
--> 7 | -1 | 0
--! case FETCH without INTO shows the row
DECLARE c CURSOR LOCAL STATIC FOR SELECT Id, Word FROM dbo.Walked ORDER BY Id;
OPEN c;
FETCH NEXT FROM c;
FETCH NEXT FROM c;
--> columns Id int, Word varchar(10)
--> 1 | one
--> next
--> 2 | two
--! case a scrolling cursor goes everywhere
DECLARE @i int, @log varchar(50) = '';
DECLARE c CURSOR LOCAL STATIC SCROLL FOR SELECT Id FROM dbo.Walked ORDER BY Id;
OPEN c;
FETCH LAST FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH PRIOR FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH FIRST FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH ABSOLUTE 3 FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH ABSOLUTE -2 FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH RELATIVE -1 FROM c INTO @i; SET @log += CAST(@i AS varchar(5));
FETCH PRIOR FROM c INTO @i;
SELECT @log AS a, @@FETCH_STATUS AS s;
--> 321321 | -1
--! case a forward-only cursor does not go back
DECLARE @i int;
DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT Id FROM dbo.Walked;
OPEN c;
FETCH PRIOR FROM c INTO @i;
--> error 16911, severity 16: fetch: The fetch type prior cannot be used with forward only cursors.
--! case variables in the query have the value of DECLARE
DECLARE @from int = 2, @i int;
DECLARE c CURSOR LOCAL STATIC FOR SELECT Id FROM dbo.Walked WHERE Id >= @from ORDER BY Id;
SET @from = 3;
OPEN c;
FETCH NEXT FROM c INTO @i;
SELECT @i AS i;
--> 2
--! case a static cursor does not see later changes
DECLARE @i int, @n int = 0;
DECLARE c CURSOR LOCAL STATIC FOR SELECT Id FROM dbo.Walked;
BEGIN TRANSACTION;
OPEN c;
DELETE FROM dbo.Walked;
FETCH NEXT FROM c INTO @i;
WHILE @@FETCH_STATUS = 0 BEGIN SET @n += 1; FETCH NEXT FROM c INTO @i; END;
ROLLBACK TRANSACTION;
SELECT @n AS n;
--> 3
--! case it is opened twice
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked;
OPEN c;
OPEN c;
--> error 16905, severity 16: The cursor is already open.
--! case it is fetched before it is open
DECLARE @i int;
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked;
FETCH NEXT FROM c INTO @i;
--> error 16917, severity 16: Cursor is not open.
--! case closed and opened again it begins anew
DECLARE @i int;
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked ORDER BY Id;
OPEN c; FETCH NEXT FROM c INTO @i; FETCH NEXT FROM c INTO @i; CLOSE c;
OPEN c; FETCH NEXT FROM c INTO @i;
SELECT @i AS i;
--> 1
--! case after DEALLOCATE it does not exist
DECLARE c CURSOR LOCAL FOR SELECT Id FROM dbo.Walked;
OPEN c; CLOSE c; DEALLOCATE c;
OPEN c;
--> error 16916, severity 16: A cursor with the name 'c' does not exist.
--! case the number of variables
DECLARE @i int;
DECLARE c CURSOR LOCAL FOR SELECT Id, Word FROM dbo.Walked;
OPEN c;
FETCH NEXT FROM c INTO @i;
--> error 16924, severity 16: Cursorfetch: The number of variables declared in the INTO list must match that of selected columns.
--! case CURSOR_STATUS
SELECT CURSOR_STATUS('local', 'c') AS s;
DECLARE c CURSOR LOCAL STATIC FOR SELECT Id FROM dbo.Walked;
SELECT CURSOR_STATUS('local', 'c') AS s;
OPEN c;
SELECT CURSOR_STATUS('local', 'c') AS s;
CLOSE c; DEALLOCATE c;
SELECT CURSOR_STATUS('local', 'c') AS s;
--> columns s smallint
--> -3
--> next
--> -1
--> next
--> 1
--> next
--> -3
--! case over a temporary table, across a transaction for each row
CREATE TABLE #work (Id int NOT NULL, Done bit NOT NULL);
INSERT INTO #work VALUES (1, 0), (2, 0);
DECLARE @id int;
DECLARE c CURSOR LOCAL STATIC FOR SELECT Id FROM #work ORDER BY Id;
OPEN c;
FETCH NEXT FROM c INTO @id;
WHILE @@FETCH_STATUS = 0
BEGIN
    BEGIN TRANSACTION;
    UPDATE #work SET Done = 1 WHERE Id = @id;
    IF @id = 2 ROLLBACK TRANSACTION ELSE COMMIT TRANSACTION;
    FETCH NEXT FROM c INTO @id;
END;
SELECT Id, Done FROM #work ORDER BY Id;
--> 1 | 1
--> 2 | 0
