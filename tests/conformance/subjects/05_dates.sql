-- Dates and times: functions, rounding, styles
--! case DATEADD of months stays inside the month
SELECT DATEADD(month, 1, CAST('2024-01-31' AS date)) AS a, DATEADD(year, 1, CAST('2024-02-29' AS date)) AS b, DATEADD(month, -1, CAST('2024-03-31' AS date)) AS c;
--> columns a date, b date, c date
--> 2024-02-29 | 2025-02-28 | 2024-02-29
--! case DATEADD of a text gives a datetime
SELECT DATEADD(day, 1, '2024-01-31') AS a;
--> columns a datetime
--> 2024-02-01 00:00:00.000
--! case DATEADD keeps the type and cuts the number
SELECT DATEADD(day, 1.9, CAST('2024-01-01' AS datetime2(3))) AS a, DATEADD(ms, 5, CAST('2024-01-01' AS datetime2(3))) AS b;
--> columns a datetime2(3), b datetime2(3)
--> 2024-01-02 00:00:00.000 | 2024-01-01 00:00:00.005
--! case DATEDIFF counts boundaries
SELECT DATEDIFF(year, '2023-12-31', '2024-01-01') AS a, DATEDIFF(month, '2024-01-31', '2024-02-01') AS b, DATEDIFF(day, '2024-01-01T23:59:59', '2024-01-02T00:00:00') AS c, DATEDIFF(hour, '2024-01-01T00:59:00', '2024-01-01T01:00:00') AS d;
--> columns a int, b int, c int, d int
--> 1 | 1 | 1 | 1
--! case DATEDIFF of weeks counts Sundays
SELECT DATEDIFF(week, '2024-01-06', '2024-01-07') AS a, DATEDIFF(week, '2024-01-07', '2024-01-13') AS b;
--> 1 | 0
--! case DATEDIFF beyond int
SELECT DATEDIFF(second, '1900-01-01', '2024-01-01') AS a;
--> error 535, severity 16: The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart.
--! case DATEDIFF_BIG
SELECT DATEDIFF_BIG(second, '1900-01-01', '2024-01-01') AS a;
--> columns a bigint
--> 3913056000
--! case DATEADD beyond the calendar
SELECT DATEADD(year, 8000, CAST('2024-01-01' AS datetime)) AS a;
--> error 517, severity 16, state 1: Adding a value to a 'datetime' column caused an overflow.
--! case an unknown part of a date
SELECT DATEADD(foo, 1, '2024-01-01') AS a;
--> error 155, severity 15: 'foo' is not a recognized dateadd option.
--! case DATEPART and DATENAME
SELECT DATEPART(year, '2024-05-06') AS a, DATEPART(quarter, '2024-05-06') AS b, DATEPART(dayofyear, '2024-05-06') AS c, DATENAME(month, '2024-05-06') AS d, DATENAME(weekday, '2024-05-06') AS e, DATEPART(iso_week, '2024-01-01') AS f;
--> 2024 | 2 | 127 | May | Monday | 1
--! case weekdays begin on Sunday
SELECT DATEPART(weekday, '2024-01-07') AS a, DATEPART(weekday, '2024-01-08') AS b, @@DATEFIRST AS c;
--> 1 | 2 | 7
--! case YEAR, MONTH, DAY
SELECT YEAR('2024-05-06') AS a, MONTH('2024-05-06') AS b, DAY('2024-05-06') AS c;
--> 2024 | 5 | 6
--! case EOMONTH
SELECT EOMONTH('2024-02-10') AS a, EOMONTH('2024-01-31', 1) AS b, EOMONTH('2024-01-31', -2) AS c;
--> columns a date, b date, c date
--> 2024-02-29 | 2024-02-29 | 2023-11-30
--! case dates from parts
SELECT DATEFROMPARTS(2024, 2, 29) AS a, DATETIME2FROMPARTS(2024, 1, 2, 3, 4, 5, 123, 3) AS b, TIMEFROMPARTS(1, 2, 3, 0, 0) AS c;
--> columns a date, b datetime2(3), c time(0)
--> 2024-02-29 | 2024-01-02 03:04:05.123 | 01:02:03
--! case dates from wrong parts
SELECT DATEFROMPARTS(2023, 2, 29) AS a;
--> error 289, severity 16, state 1: Cannot construct data type date, some of the arguments have values which are not valid.
--! case datetime counts three hundredths of a second
SELECT CAST('2024-01-01T00:00:00.001' AS datetime) AS a, CAST('2024-01-01T00:00:00.002' AS datetime) AS b, CAST('2024-01-01T00:00:00.005' AS datetime) AS c, CAST('2024-01-01T00:00:00.999' AS datetime) AS d;
--> 2024-01-01 00:00:00.000 | 2024-01-01 00:00:00.003 | 2024-01-01 00:00:00.007 | 2024-01-01 00:00:01.000
--! case datetime2 is rounded half up
SELECT CAST('2024-01-01T12:00:00.5' AS datetime2(0)) AS a, CAST('2024-01-01T12:00:00.1235' AS datetime2(3)) AS b, CAST('2024-12-31T23:59:59.9995' AS datetime2(3)) AS c;
--> 2024-01-01 12:00:01 | 2024-01-01 12:00:00.124 | 2025-01-01 00:00:00.000
--! case a date loses its time
SELECT CAST(CAST('2024-01-01T23:59:59.999' AS datetime2(3)) AS date) AS a;
--> 2024-01-01
--! case smalldatetime is rounded to the minute
SELECT CAST('2024-01-01T12:00:29' AS smalldatetime) AS a, CAST('2024-01-01T12:00:30' AS smalldatetime) AS b;
--> 2024-01-01 12:00:00 | 2024-01-01 12:01:00
--! case a wrong month is no date
SELECT CAST('2024-13-01' AS date) AS a;
--> error 241, severity 16, state 1: Conversion failed when converting date and/or time from character string.
--! case a day that the month does not have
SELECT CAST('2024-02-30' AS datetime) AS a;
--> error 242, severity 16, state 3: The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.
--! case a word is no datetime
SELECT CAST('abc' AS datetime) AS a;
--> error 241, severity 16, state 1: Conversion failed when converting date and/or time from character string.
--! case the empty text is the first of January 1900
SELECT CAST('' AS datetime) AS a, CAST('' AS date) AS b, CAST(0 AS datetime) AS c, CAST(1.5 AS datetime) AS d;
--> 1900-01-01 00:00:00.000 | 1900-01-01 | 1900-01-01 00:00:00.000 | 1900-01-02 12:00:00.000
--! case styles of dates
DECLARE @d datetime = '2024-05-06T07:08:09.123';
SELECT CONVERT(varchar(10), @d, 101) AS a, CONVERT(varchar(10), @d, 103) AS b, CONVERT(varchar(10), @d, 104) AS c, CONVERT(varchar(8), @d, 112) AS d, CONVERT(varchar(8), @d, 108) AS e, CONVERT(varchar(12), @d, 107) AS f;
--> 05/06/2024 | 06/05/2024 | 06.05.2024 | 20240506 | 07:08:09 | May 06, 2024
--! case styles of moments
DECLARE @d datetime = '2024-05-06T07:08:09.123';
SELECT CONVERT(varchar(30), @d, 120) AS a, CONVERT(varchar(30), @d, 121) AS b, CONVERT(varchar(30), @d, 126) AS c, CONVERT(varchar(30), @d) AS d;
--> 2024-05-06 07:08:09 | 2024-05-06 07:08:09.123 | 2024-05-06T07:08:09.123 | May  6 2024  7:08AM
--! case reading by style
SELECT CONVERT(date, '06/05/2024', 103) AS a, CONVERT(date, '06/05/2024', 101) AS b, CONVERT(date, '20240506', 112) AS c;
--> 2024-05-06 | 2024-06-05 | 2024-05-06
--! case offsets
SELECT CAST('2024-01-01 12:00 +02:00' AS datetimeoffset(0)) AS a, SWITCHOFFSET(CAST('2024-01-01 12:00 +02:00' AS datetimeoffset(0)), '+00:00') AS b, TODATETIMEOFFSET(CAST('2024-01-01' AS datetime2(0)), '-05:00') AS c;
--> 2024-01-01 12:00:00 +02:00 | 2024-01-01 10:00:00 +00:00 | 2024-01-01 00:00:00 -05:00
--! case moments with offsets are compared as moments
SELECT CASE WHEN CAST('2024-01-01 12:00 +02:00' AS datetimeoffset) = CAST('2024-01-01 10:00 +00:00' AS datetimeoffset) THEN 1 ELSE 0 END AS a;
--> 1
--! case AT TIME ZONE UTC
SELECT CAST('2024-01-01T10:00:00' AS datetime2(0)) AT TIME ZONE 'UTC' AS a;
--> columns a datetimeoffset(0)
--> 2024-01-01 10:00:00 +00:00
--! case ISDATE
SELECT ISDATE('2024-01-01') AS a, ISDATE('2024-02-30') AS b, ISDATE('x') AS c;
--> 1 | 0 | 0
--! case types of the clocks
SELECT GETDATE() AS a, SYSUTCDATETIME() AS b, SYSDATETIMEOFFSET() AS c, CURRENT_TIMESTAMP AS d INTO dbo.Clocks WHERE 1 = 0;
GO
SELECT c.DATA_TYPE AS t FROM INFORMATION_SCHEMA.COLUMNS AS c WHERE c.TABLE_NAME = 'Clocks' ORDER BY c.ORDINAL_POSITION;
--> datetime
--> datetime2
--> datetimeoffset
--> datetime
--! case a clock stands still within a statement
SELECT CASE WHEN MIN(n) = MAX(n) THEN 1 ELSE 0 END AS a FROM (SELECT SYSUTCDATETIME() AS n FROM (VALUES (1), (2), (3)) AS t (x)) AS u;
--> 1
--! case two readings of the clock in one statement are one
DECLARE @n int = 0, @different int = 0;
WHILE @n < 50
BEGIN
    SELECT @different += CASE WHEN SYSUTCDATETIME() = SYSUTCDATETIME() AND DATEDIFF(ms, GETUTCDATE(), GETUTCDATE()) = 0 THEN 0 ELSE 1 END;
    SET @n += 1;
END;
SELECT @different AS d;
--> 0
--! case the clock goes on between statements and turns of a loop
DECLARE @start datetime2(7) = SYSUTCDATETIME(), @turns int = 0;
WHILE SYSUTCDATETIME() = @start SET @turns += 1;
IF SYSUTCDATETIME() > @start SELECT 'later' AS a;
--> later
--! case days are compared with texts
SELECT CASE WHEN CAST('2024-01-02' AS date) = '20240102' THEN 1 ELSE 0 END AS a, CASE WHEN CAST('2024-01-02' AS date) < '2024-01-10' THEN 1 ELSE 0 END AS b;
--> 1 | 1
--! case a time has no days
SELECT DATEADD(day, 1, CAST('10:00' AS time)) AS a;
--> error 9810, severity 16, state 1: The datepart day is not supported by date function dateadd for data type time.
--! case a time turns around midnight
SELECT DATEADD(hour, 3, CAST('22:30' AS time(0))) AS a;
--> columns a time(0)
--> 01:30:00
