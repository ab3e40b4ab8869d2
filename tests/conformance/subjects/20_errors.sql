-- Errors in every nesting: TRY, CATCH and THROW, RAISERROR's formats, ERROR_LINE, @@ERROR
--! setup
CREATE TABLE dbo.Kept (Id int NOT NULL CONSTRAINT PK_Kept PRIMARY KEY, Word varchar(5) NULL CONSTRAINT CK_Kept CHECK (Word <> 'bad'));
GO
CREATE PROCEDURE dbo.Level3 AS
BEGIN
    INSERT INTO dbo.Kept (Id) VALUES (3);
    THROW 50003, N'third', 3;
END
GO
CREATE PROCEDURE dbo.Level2 AS
BEGIN
    BEGIN TRY
        EXEC dbo.Level3;
    END TRY
    BEGIN CATCH
        INSERT INTO dbo.Kept (Id) VALUES (2);
        THROW;
    END CATCH;
END
GO
CREATE PROCEDURE dbo.Level1 AS
BEGIN
    BEGIN TRY
        EXEC dbo.Level2;
    END TRY
    BEGIN CATCH
        DECLARE @m nvarchar(100) = CONCAT(ERROR_NUMBER(), N':', ERROR_STATE(), N':', ERROR_LINE(), N':', ERROR_PROCEDURE(), N':', ERROR_MESSAGE());
        THROW 50001, @m, 1;
    END CATCH;
END
GO
CREATE PROCEDURE dbo.Quiet AS
BEGIN
    BEGIN TRY
        SELECT 1 / 0 AS a;
    END TRY
    BEGIN CATCH
        RETURN ERROR_NUMBER();
    END CATCH;
END
GO
CREATE PROCEDURE dbo.TellsError AS SELECT ERROR_NUMBER() AS n, ERROR_MESSAGE() AS m;
GO
CREATE PROCEDURE dbo.FailsTwice AS
BEGIN
    INSERT INTO dbo.Kept (Id, Word) VALUES (1, 'bad');
    SELECT @@ERROR AS first;
    INSERT INTO dbo.Kept (Id, Word) VALUES (NULL, 'x');
    SELECT @@ERROR AS second;
    RETURN 9;
END
--! each
DELETE FROM dbo.Kept;
--! case an error is thrown on through three procedures, each with its own CATCH
EXEC dbo.Level1;
--> error 50001, severity 16, state 1, line 8, procedure dbo.Level1: 50003:3:4:dbo.Level3:third
GO
SELECT Id FROM dbo.Kept ORDER BY Id;
--> 2
--> 3
--! case an error that a procedure caught is none of its caller's
DECLARE @r int;
EXEC @r = dbo.Quiet;
SELECT @r AS r, ERROR_NUMBER() AS n;
--> columns a
--> columns r, n
--> 8134 | NULL
--! case a procedure called in CATCH sees the caller's error
BEGIN TRY
    DECLARE @x int = 1 / 0;
END TRY
BEGIN CATCH
    EXEC dbo.TellsError;
END CATCH;
EXEC dbo.TellsError;
--> columns n, m
--> 8134 | Divide by zero error encountered.
--> columns n, m
--> NULL | NULL
--! case a procedure without TRY goes on after statements that failed
DECLARE @r int;
EXEC @r = dbo.FailsTwice;
SELECT @r AS r;
--> error 547
--> columns first int
--> 547
--> error 515
--> columns second int
--> 515
--> columns r
--> 9
--! case the same procedure in a TRY ends at its first error
DECLARE @r int = -5;
BEGIN TRY
    EXEC @r = dbo.FailsTwice;
END TRY
BEGIN CATCH
    SELECT @r AS r, ERROR_NUMBER() AS n, ERROR_PROCEDURE() AS p, ERROR_LINE() AS l;
END CATCH;
--> -5 | 547 | dbo.FailsTwice | 3
--! case TRY in TRY in TRY: the innermost CATCH takes it
BEGIN TRY
    BEGIN TRY
        BEGIN TRY
            THROW 50009, N'deep', 1;
        END TRY
        BEGIN CATCH
            PRINT CONCAT('first ', ERROR_NUMBER());
            THROW;
        END CATCH;
    END TRY
    BEGIN CATCH
        PRINT CONCAT('second ', ERROR_NUMBER());
        THROW 50010, N'other', 2;
    END CATCH;
END TRY
BEGIN CATCH
    PRINT CONCAT('third ', ERROR_NUMBER(), ' ', ERROR_LINE());
END CATCH;
--> print first 50009
--> print second 50009
--> print third 50010 13
--! case an error in CATCH within a TRY goes to the next CATCH
BEGIN TRY
    BEGIN TRY
        THROW 50001, N'a', 1;
    END TRY
    BEGIN CATCH
        DECLARE @x int = 1 / 0;
        PRINT 'not reached';
    END CATCH;
END TRY
BEGIN CATCH
    PRINT CONCAT(ERROR_NUMBER(), ' ', ERROR_LINE());
END CATCH;
--> print 8134 6
--! case after an inner CATCH the outer one has its own error again
BEGIN TRY
    THROW 50001, N'outer', 1;
END TRY
BEGIN CATCH
    BEGIN TRY
        DECLARE @x int = 1 / 0;
    END TRY
    BEGIN CATCH
        PRINT ERROR_NUMBER();
    END CATCH;
    THROW;
END CATCH;
--> print 8134
--> error 50001, state 1, line 2: outer
--! case a RAISERROR in CATCH does not leave it
BEGIN TRY
    DECLARE @x int = 1 / 0;
END TRY
BEGIN CATCH
    RAISERROR(N'again: %s', 16, 1, N'x');
    PRINT 'still here';
END CATCH;
PRINT 'and after';
--> error 50000, line 5: again: x
--> print still here
--> print and after
--! case GOTO out of TRY
DECLARE @n int = 0;
again:
BEGIN TRY
    SET @n += 1;
    IF @n < 3 THROW 50001, N'once more', 1;
    PRINT CONCAT('done ', @n);
END TRY
BEGIN CATCH
    GOTO again;
END CATCH;
--> print done 3
--! case a compile error of dynamic text is caught outside of it
BEGIN TRY
    EXEC (N'SELECT 1 FROM;');
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_LINE() AS l;
END CATCH;
--> 102 | 1
--! case a missing table in dynamic text is caught outside of it
BEGIN TRY
    EXEC sp_executesql N'
    SELECT * FROM dbo.NotThere;';
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_LINE() AS l, ERROR_MESSAGE() AS m;
END CATCH;
--> 208 | 2 | Invalid object name 'dbo.NotThere'.
--! case the line of an error is where its statement begins
BEGIN TRY
    DECLARE @a int;

    SELECT @a = 1;
    INSERT INTO dbo.Kept (Id, Word)
    SELECT 1,
           'bad';
END TRY
BEGIN CATCH
    SELECT ERROR_LINE() AS l;
END CATCH;
--> 5
--! case the line of a condition that fails
DECLARE @z int = 0;
BEGIN TRY

    IF 1 / @z = 1
        PRINT 'never';
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, ERROR_LINE() AS l;
END CATCH;
--> 8134 | 4
--! case RAISERROR formats numbers and texts
RAISERROR(N'%d %i %u %o %x %X %s', 16, 1, -7, 8, 9, 8, 255, 255, N'text');
--> error 50000: -7 8 9 10 ff FF text
--! case RAISERROR with widths, flags and precision
RAISERROR(N'[%5d] [%-5d] [%05d] [%+d] [%8.3s] [%-8s] [%#x]', 16, 1, 42, 42, 42, 42, N'abcdef', N'ab', 255);
--> error 50000: [   42] [42   ] [00042] [+42] [     abc] [ab      ] [0xff]
--! case RAISERROR takes a width from its arguments
RAISERROR(N'[%*d] [%.*s]', 16, 1, 6, 42, 2, N'abcdef');
--> error 50000: [    42] [ab]
--! case RAISERROR and a percent sign
DECLARE @big bigint = 9;
RAISERROR(N'100%% of %I64d', 16, 1, @big);
--> error 50000: 100% of 9
--! case RAISERROR without an argument that it wants
RAISERROR(N'%s and %s', 16, 1, N'one');
--> error 50000: one and (null)
--! case RAISERROR of NULL shows it
DECLARE @s nvarchar(10), @d int;
RAISERROR(N'%s %d', 16, 1, @s, @d);
--> error 50000: (null) (null)
--! case RAISERROR with an argument of the wrong type
RAISERROR(N'%d', 16, 1, N'text');
--> error 2786, severity 16, state 1: The data type of substitution parameter 1 does not match the expected type of the format specification.
--! case RAISERROR with a format that does not exist
RAISERROR(N'%f', 16, 1, 1);
--> error 2787, severity 16, state 1: Invalid format specification: '%f'.
--! case RAISERROR of severity nineteen needs WITH LOG
RAISERROR(N'heavy', 19, 1);
--> error 2754, severity 16, state 1: Error severity levels greater than 18 can only be specified by members of the sysadmin role, using the WITH LOG option.
--! case RAISERROR with SETERROR
RAISERROR(N'note', 5, 1) WITH SETERROR;
SELECT @@ERROR AS e;
--> message 50000: note
--> 50000
--! case a negative severity counts as zero, a state beyond 255 as 255
RAISERROR(N'low', -3, 1);
SELECT 1 AS a;
--> message 50000, severity 0: low
--> 1
--! case RAISERROR of a number that nobody defined
RAISERROR(60001, 16, 1);
--> error 18054, severity 16, state 1: Error 60001, severity 16, state 1 was raised, but no message with that error number was found in sys.messages. If error is larger than 50000, make sure the user-defined message is added using sp_addmessage.
--! case THROW takes its parts from variables
DECLARE @n int = 50077, @m nvarchar(50) = N'from variables', @s tinyint = 9;
THROW @n, @m, @s;
--> error 50077, severity 16, state 9: from variables
--! case THROW wants a percent sign twice
THROW 50078, N'15%% off, not 5%% or 20%%', 1;
--> error 50078: 15% off, not 5% or 20%
--! case THROW without arguments outside of CATCH
BEGIN TRY
    PRINT 'a';
END TRY
BEGIN CATCH
    PRINT 'b';
END CATCH;
THROW;
--> error 10704, severity 15: To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.
--! case FORMATMESSAGE
SELECT FORMATMESSAGE(N'%s has %d of %5.2s|', N'he', 3, N'abc') AS a;
--> he has 3 of    ab|
--! case @@ERROR after each kind of statement
INSERT INTO dbo.Kept (Id) VALUES (1);
INSERT INTO dbo.Kept (Id) VALUES (1);
IF @@ERROR <> 0 PRINT 'insert';
UPDATE dbo.Kept SET Word = 'bad';
IF @@ERROR <> 0 PRINT 'update';
UPDATE dbo.Kept SET Word = 'ok';
IF @@ERROR = 0 PRINT 'fine';
DELETE FROM dbo.Kept WHERE Id = 1 / 0;
IF @@ERROR <> 0 PRINT 'delete';
--> error 2627
--> error 547
--> error 8134
--> print insert
--> print update
--> print fine
--> print delete
--! case @@ERROR is kept in a variable at once
DECLARE @e int, @n int;
INSERT INTO dbo.Kept (Id, Word) VALUES (5, 'bad');
SELECT @e = @@ERROR, @n = @@ROWCOUNT;
SELECT @e AS e, @n AS n, @@ERROR AS after;
--> error 547
--> 547 | 0 | 0
--! case CATCH is passed over where nothing fails
BEGIN TRY
    PRINT 'try';
END TRY
BEGIN CATCH
    PRINT 'catch';
END CATCH;
PRINT 'after';
--> print try
--> print after
--! case an error in the condition of a WHILE inside of TRY
DECLARE @i int = 2;
BEGIN TRY
    WHILE 10 / @i > 0 SET @i -= 1;
END TRY
BEGIN CATCH
    PRINT CONCAT(ERROR_NUMBER(), ' ', @i);
END CATCH;
--> print 8134 0
--! case BREAK and CONTINUE leave a TRY in a loop
DECLARE @i int = 0;
WHILE @i < 5
BEGIN
    SET @i += 1;
    BEGIN TRY
        IF @i = 2 CONTINUE;
        IF @i = 4 BREAK;
        DECLARE @x int = 1 / (@i - 3);
        PRINT @i;
    END TRY
    BEGIN CATCH
        PRINT 'caught';
        CONTINUE;
    END CATCH;
END
PRINT CONCAT('end ', @i);
--> print 1
--> print caught
--> print end 4
--! case a function that fails in a query
CREATE FUNCTION dbo.Reciprocal (@x int) RETURNS int AS BEGIN RETURN 1 / @x; END
GO
BEGIN TRY
    SELECT dbo.Reciprocal(0) AS a;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_MESSAGE() AS m;
END CATCH;
--> columns a
--> columns n, m
--> 8134 | Divide by zero error encountered.
--! case a text too long for ERROR_MESSAGE is cut at 2048
DECLARE @m nvarchar(4000) = REPLICATE(N'x', 3000);
BEGIN TRY
    RAISERROR(@m, 16, 1);
END TRY
BEGIN CATCH
    SELECT LEN(ERROR_MESSAGE()) AS n, RIGHT(ERROR_MESSAGE(), 4) AS r;
END CATCH;
--> 2047 | x...
