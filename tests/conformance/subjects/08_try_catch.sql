-- TRY, CATCH, THROW and RAISERROR
--! setup
CREATE PROCEDURE dbo.Divide @By int AS
BEGIN
    DECLARE @q int = 1 / @By;
END
GO
CREATE PROCEDURE dbo.Throws AS
BEGIN
    THROW 50123, 'from inside', 7;
END
--! case an error goes to CATCH with its particulars
BEGIN TRY
    DECLARE @x int = 1 / 0;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_SEVERITY() AS s, ERROR_STATE() AS t, ERROR_LINE() AS l, ERROR_PROCEDURE() AS p, ERROR_MESSAGE() AS m;
END CATCH;
--> 8134 | 16 | 1 | 2 | NULL | Divide by zero error encountered.
--! case outside of CATCH nothing is known
SELECT ERROR_NUMBER() AS n, ERROR_MESSAGE() AS m, XACT_STATE() AS x;
--> columns n int null, m nvarchar(4000) null, x smallint
--> NULL | NULL | 0
--! case what stood before the error stays
DECLARE @t TABLE (a int);
BEGIN TRY
    INSERT INTO @t VALUES (1);
    INSERT INTO @t VALUES (1 / 0);
    INSERT INTO @t VALUES (2);
END TRY
BEGIN CATCH
    INSERT INTO @t VALUES (3);
END CATCH;
SELECT a FROM @t ORDER BY a;
--> 1
--> 3
--! case THROW again gives the first error on
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
PRINT 'never';
--> error 8134, severity 16, state 1, line 2: Divide by zero error encountered.
--! case THROW has severity sixteen
THROW 50001, 'mine', 3;
--> error 50001, severity 16, state 3, line 1: mine
--! case THROW ends the batch
PRINT 'before';
THROW 50001, 'mine', 1;
PRINT 'after';
--> error 50001: mine
--> print before
--! case THROW wants a number from 50000
THROW 49999, 'mine', 1;
--> error 35100, severity 16, state 10: Error number 49999 in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647.
--! case RAISERROR does not end the batch
RAISERROR('one %d and %s', 16, 2, 5, 'x');
PRINT 'after';
--> error 50000, severity 16, state 2, line 1: one 5 and x
--> print after
--! case RAISERROR up to ten is a message
RAISERROR('note', 10, 1);
SELECT @@ERROR AS e;
--> message 50000, state 1: note
--> 0
--! case RAISERROR goes to CATCH from eleven
BEGIN TRY
    RAISERROR('low', 10, 1);
    RAISERROR('high', 11, 4);
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_SEVERITY() AS s, ERROR_STATE() AS t, ERROR_MESSAGE() AS m;
END CATCH;
--> message 50000: low
--> 50000 | 11 | 4 | high
--! case a batch goes on after a statement that failed
SELECT 1 / 0 AS a;
SELECT 2 AS b;
--> error 8134
--> 2
--! case a conversion error ends the batch
SELECT CAST('x' AS int) AS a;
SELECT 2 AS b;
--> error 245
--! case @@ERROR is the last statement's
SELECT 1 / 0 AS a;
SELECT @@ERROR AS e;
SELECT @@ERROR AS e;
--> error 8134
--> 8134
--> next
--> 0
--! case an error in CATCH goes out
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    THROW 50002, 'second', 1;
END CATCH;
--> error 50002, line 5: second
--! case TRY in CATCH
BEGIN TRY
    THROW 50001, 'outer', 1;
END TRY
BEGIN CATCH
    BEGIN TRY
        THROW 50002, 'inner', 1;
    END TRY
    BEGIN CATCH
        PRINT ERROR_MESSAGE();
    END CATCH;
    PRINT ERROR_MESSAGE();
END CATCH;
--> print inner
--> print outer
--! case CATCH of an inner TRY keeps the error from the outer one
BEGIN TRY
    BEGIN TRY
        THROW 50001, 'x', 1;
    END TRY
    BEGIN CATCH
        PRINT 'inner';
    END CATCH;
    PRINT 'goes on';
END TRY
BEGIN CATCH
    PRINT 'outer';
END CATCH;
--> print inner
--> print goes on
--! case an error in a procedure goes to its caller's CATCH
BEGIN TRY
    EXEC dbo.Divide @By = 0;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_LINE() AS l, ERROR_PROCEDURE() AS p;
END CATCH;
--> columns n, l, p
--> 8134 | 3 | dbo.Divide
--! case a procedure's error names it
EXEC dbo.Throws;
--> error 50123, severity 16, state 7, line 3, procedure dbo.Throws: from inside
--! case a statement error in a procedure lets the caller go on
EXEC dbo.Divide @By = 0;
PRINT 'after';
--> error 8134, line 3
--> print after
--! case a missing procedure
EXEC dbo.Nowhere;
--> error 2812, severity 16, state 62: Could not find stored procedure 'dbo.Nowhere'.
--! case a missing parameter
EXEC dbo.Divide;
--> error 201, severity 16, state 4: Procedure or function 'Divide' expects parameter '@By', which was not supplied.
--! case a parameter that is not one
EXEC dbo.Divide @To = 1;
--> error 8145, severity 16: @To is not a parameter for procedure Divide.
--! case too many parameters
EXEC dbo.Divide 1, 2;
--> error 8144, severity 16: Procedure or function Divide has too many arguments specified.
--! case a syntax error is not caught in its own batch
BEGIN TRY
    SELEC 1;
END TRY
BEGIN CATCH
    PRINT 'never';
END CATCH;
--> error 102, severity 15, state 1, line 2: Incorrect syntax near '…'.
--! case an undeclared variable
SELECT @nowhere AS a;
--> error 137, severity 15, state 2: Must declare the scalar variable "@nowhere".
--! case a variable declared twice
DECLARE @a int; DECLARE @a int;
--> error 134, severity 15: The variable name '@a' has already been declared. Variable names must be unique within a query batch or stored procedure.
