--- Questions as analysts ask them, one a line; sql_conformance.py asks ctlake and DuckDB, catalog_conformance.py asks Trino. Before a
--- question that one of them answers otherwise a line says so, and why; docs/sql.md lists these.

--- Counts and groups
SELECT COUNT(*) AS n FROM patients WHERE age <> 50
SELECT COUNT(*) AS n FROM patients WHERE NOT (age = 50)
SELECT COUNT(*) AS n FROM patients WHERE age NOT IN (50, 51)
SELECT COUNT(*) AS n FROM patients WHERE age NOT IN (50, NULL)
SELECT country, COUNT(*) AS n FROM patients GROUP BY country HAVING COUNT(*) > 50 ORDER BY n DESC
SELECT country, COUNT(*) AS n FROM patients GROUP BY country HAVING n > 50 ORDER BY n DESC
SELECT country, COUNT(*) AS n FROM patients GROUP BY ALL ORDER BY n DESC, country LIMIT 3
SELECT country, STRING_AGG(diagnosis, ',' ORDER BY patient_id) AS d FROM patients GROUP BY country ORDER BY country LIMIT 3
SELECT country, ARRAY_AGG(diagnosis ORDER BY patient_id) AS d FROM patients GROUP BY country ORDER BY country LIMIT 3
SELECT MEDIAN(age) AS m, STDDEV(age) AS s, VARIANCE(age) AS v, MIN(age) AS mi, AVG(age) AS a FROM patients
-- DuckDB: different: a quotient of integers is one
SELECT SUM(slices) / COUNT(*) AS a FROM patients
SELECT COUNT(*) AS n FROM ct_slices WHERE file_name LIKE 'NCP\_96\_%' ESCAPE '\'
SELECT COUNT(*) AS n FROM ct_slices WHERE bbox_xmax - bbox_xmin BETWEEN 300 AND 400
SELECT AVG((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS a, diagnosis FROM ct_slices GROUP BY diagnosis ORDER BY diagnosis
SELECT COUNT(*) AS n FROM ct_slices WHERE scan_id = ''
SELECT COUNT(*) AS n, COUNT(scan_id) AS s, COUNT(DISTINCT scan_id) AS d FROM ct_slices
SELECT scan_id, COUNT(*) AS n FROM ct_slices GROUP BY scan_id ORDER BY n DESC, scan_id LIMIT 2
SELECT FLOOR(age / 10) * 10 AS decade, COUNT(*) AS n FROM patients GROUP BY FLOOR(age / 10) * 10 ORDER BY 1
SELECT age // 10 AS decade, COUNT(*) AS n FROM patients GROUP BY decade ORDER BY decade
SELECT COUNT(*) AS n FROM patients WHERE verified_finding = 'Yes'
SELECT verified_finding, COUNT(*) AS n FROM patients GROUP BY 1 ORDER BY 1
-- DuckDB: only DuckDB: a text is no condition
SELECT COUNT(*) AS n FROM patients WHERE verified_finding
SELECT COUNT(*) AS n FROM ct_slices WHERE in_landing
SELECT COUNT(*) AS n FROM ct_slices WHERE in_landing = 'true'
SELECT country, sex, COUNT(*) AS n FROM patients GROUP BY ROLLUP(country, sex) ORDER BY 1,2 LIMIT 3
SELECT country, sex, COUNT(*) AS n FROM patients GROUP BY GROUPING SETS ((country),(sex)) ORDER BY 1,2 LIMIT 3
SELECT IF(age > 50, 1, 0) AS x, COUNT(*) AS n FROM patients GROUP BY 1 ORDER BY 1
SELECT age IS DISTINCT FROM 50 AS x, COUNT(*) AS n FROM patients GROUP BY 1 ORDER BY 1
SELECT country AS "Land", COUNT(*) AS "Anzahl Patienten" FROM patients GROUP BY country ORDER BY "Anzahl Patienten" DESC LIMIT 2
SELECT SUM(slices) AS s FROM patients WHERE country = 'Atlantis'
SELECT COUNT(*) AS n FROM patients WHERE age > '50'
SELECT country, MAX(slices) AS m FROM patients GROUP BY country ORDER BY MAX(slices) DESC, country LIMIT 2
SELECT age, COUNT(*) FROM patients GROUP BY age ORDER BY COUNT(*) DESC, age LIMIT 2
SELECT COUNT(*), COUNT(*) FROM patients
SELECT MIN(age), MAX(age) FROM patients
SELECT SUM((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS a FROM ct_slices
SELECT source, diagnosis, SUM((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS a FROM ct_slices GROUP BY source, diagnosis ORDER BY 1, 2
SELECT SUM(bbox_xmax) AS a, SUM(bbox_xmax * bbox_ymax) AS b, SUM(slice_index) AS c, SUM(label_line) AS d FROM ct_slices
SELECT SUM(bbox_xmax * bbox_ymax * 1.0) AS b FROM ct_slices
SELECT SUM(age * age) AS b FROM patients
SELECT LOWER(country) AS country, COUNT(*) AS n FROM patients GROUP BY country ORDER BY n DESC, 1 LIMIT 3
SELECT LEFT(country, 1) AS country, COUNT(*) AS n FROM patients GROUP BY LEFT(country, 1) ORDER BY n DESC, 1 LIMIT 3
SELECT COUNT(*) AS n FROM patients WHERE age = NULL
SELECT COUNT(*) AS n FROM patients WHERE age IS NULL OR age > 60
SELECT CASE sex WHEN 'F' THEN 'w' WHEN 'M' THEN 'm' END AS s, COUNT(*) AS n FROM patients GROUP BY 1 ORDER BY 1
SELECT CASE WHEN age < 20 THEN 1 END AS s, COUNT(*) AS n FROM patients GROUP BY 1 ORDER BY 1
SELECT COUNT(DISTINCT CASE WHEN diagnosis='Normal' THEN patient_id END) AS n FROM ct_slices
SELECT COUNT(DISTINCT age) AS n FROM patients
SELECT country, COUNT(DISTINCT sex) AS n FROM patients GROUP BY country ORDER BY 2 DESC, 1 LIMIT 3
SELECT AVG(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) AS a FROM patients
SELECT AVG(CASE WHEN sex = 'F' THEN 1.0 END) AS a FROM patients
SELECT patient_id, COUNT(DISTINCT split) AS k FROM ct_slices GROUP BY patient_id HAVING COUNT(DISTINCT split) > 1
SELECT MIN(country) AS a, MAX(country) AS b FROM patients
SELECT COUNT(*) AS n FROM patients WHERE country > 'M'
SELECT country FROM patients GROUP BY country ORDER BY country DESC LIMIT 3
SELECT COUNT(*) AS n FROM patients HAVING COUNT(*) > 10
SELECT age_band, COUNT(*) AS n FROM patients GROUP BY age_band, age_band_order ORDER BY age_band_order
SELECT patient_id, MAX(slice_index) - MIN(slice_index) + 1 - COUNT(*) AS gaps FROM ct_slices GROUP BY patient_id, scan_id ORDER BY gaps DESC, patient_id LIMIT 3
SELECT COUNT(*) AS n FROM (SELECT patient_id, scan_id, COUNT(*) AS n FROM ct_slices GROUP BY patient_id, scan_id) t
SELECT diagnosis, MEDIAN(age) AS m FROM patients GROUP BY diagnosis ORDER BY 1
SELECT diagnosis, STDDEV_SAMP(age) AS m, VAR_POP(age) AS v FROM patients GROUP BY diagnosis ORDER BY 1
SELECT diagnosis, QUANTILE_CONT(age, 0.25) AS q FROM patients GROUP BY diagnosis ORDER BY 1
-- Trino: different: a quotient of decimals has the digits of these
SELECT split, SUM(CASE WHEN diagnosis='Normal' THEN 1 ELSE 0 END) * 1.0 / COUNT(*) AS share FROM ct_slices GROUP BY split ORDER BY 1
SELECT COUNT(*) AS n FROM patients WHERE NOT (country = 'China' AND sex = 'F')
SELECT COUNT(*) AS n FROM patients WHERE (country, sex) IN (('China','F'))
SELECT COUNT(*) AS n FROM ct_slices WHERE bbox_xmax BETWEEN 500 AND 512 AND source <> 'CNCB'
SELECT country, COUNT(*) AS n FROM patients WHERE sex <> 'Unknown' GROUP BY country ORDER BY COUNT(*) DESC, country LIMIT 3
SELECT country, COUNT(*) FROM patients GROUP BY country ORDER BY 2 DESC, 1 LIMIT 3
SELECT country, COUNT(*) AS n FROM patients GROUP BY country ORDER BY n DESC, country LIMIT 3 OFFSET 2
SELECT country, COUNT(*) AS count FROM patients GROUP BY country ORDER BY count DESC, country LIMIT 3
SELECT MAX(n) AS m FROM (SELECT patient_id, COUNT(*) AS n FROM ct_slices GROUP BY patient_id) AS t
SELECT COUNT(DISTINCT patient_id) AS p, COUNT(DISTINCT image_key) AS i FROM ct_slices
SELECT diagnosis, COUNT(*) AS n FROM ct_slices WHERE age >= 60 AND sex = 'F' GROUP BY diagnosis ORDER BY n
SELECT country, MAX(slices) - MIN(slices) AS r FROM patients GROUP BY country ORDER BY r DESC, 1 LIMIT 3
SELECT COUNT(*) AS n, diagnosis FROM ct_slices GROUP BY diagnosis, split ORDER BY n
SELECT diagnosis, COUNT(*) AS n FROM (SELECT * FROM ct_slices ORDER BY image_key LIMIT 1000) t GROUP BY diagnosis ORDER BY 1
SELECT s.diagnosis, COUNT(*) AS n FROM ct_slices AS s WHERE s.patient_id LIKE 'NCP%' GROUP BY s.diagnosis
SELECT t.* FROM (SELECT country, COUNT(*) AS n FROM patients GROUP BY country) t WHERE t.n > 300 ORDER BY 1

--- Window functions
SELECT patient_id, LAG(age) OVER (ORDER BY patient_id) AS p FROM patients ORDER BY patient_id LIMIT 5
SELECT patient_id, LAG(age, 2, -1) OVER (ORDER BY patient_id) AS p FROM patients ORDER BY patient_id LIMIT 5
SELECT patient_id, LEAD(slices) OVER (PARTITION BY country ORDER BY slices DESC, patient_id) AS p FROM patients ORDER BY patient_id LIMIT 5
SELECT country, slices, SUM(slices) OVER (ORDER BY country) AS s FROM patients WHERE slices > 0 ORDER BY country, patient_id LIMIT 6
SELECT patient_id, SUM(slices) OVER (ORDER BY patient_id ROWS UNBOUNDED PRECEDING) AS s FROM patients ORDER BY patient_id LIMIT 5
SELECT patient_id, AVG(age) OVER (PARTITION BY country) AS a FROM patients ORDER BY patient_id LIMIT 5
SELECT country, RANK() OVER (ORDER BY COUNT(*) DESC) AS r FROM patients GROUP BY country ORDER BY r, country LIMIT 8
SELECT patient_id, RANK() OVER (PARTITION BY country ORDER BY age DESC) AS r FROM patients WHERE age IS NOT NULL ORDER BY country, r, patient_id LIMIT 6
SELECT patient_id, RANK() OVER (PARTITION BY country ORDER BY age DESC) AS r, age FROM patients ORDER BY country, r, patient_id LIMIT 6
SELECT patient_id, DENSE_RANK() OVER (ORDER BY slices DESC) AS r FROM patients ORDER BY r, patient_id LIMIT 6
SELECT patient_id, PERCENT_RANK() OVER (ORDER BY slices DESC) AS r FROM patients ORDER BY r, patient_id LIMIT 6
SELECT DISTINCT FIRST_VALUE(patient_id) OVER (PARTITION BY country ORDER BY slices DESC, patient_id) AS top, country FROM patients ORDER BY country LIMIT 6
SELECT DISTINCT LAST_VALUE(patient_id) OVER (PARTITION BY country ORDER BY slices, patient_id) AS top, country FROM patients ORDER BY country, top LIMIT 6
SELECT patient_id, MAX(slices) OVER (PARTITION BY country ORDER BY patient_id) AS m FROM patients ORDER BY patient_id LIMIT 6
SELECT patient_id, COUNT(*) OVER (PARTITION BY country ORDER BY patient_id) AS m FROM patients ORDER BY patient_id LIMIT 6
SELECT patient_id, COUNT(age) OVER (PARTITION BY country) AS m FROM patients ORDER BY patient_id LIMIT 6
-- Trino: different: a quotient of decimals has the digits of these
SELECT diagnosis, COUNT(*) AS n, COUNT(*) * 100.0 / SUM(COUNT(*)) OVER () AS share FROM ct_slices GROUP BY diagnosis ORDER BY diagnosis
-- Trino: different: a quotient of decimals has the digits of these
SELECT split, diagnosis, COUNT(*) AS n, ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY split), 2) AS share FROM ct_slices GROUP BY split, diagnosis ORDER BY split, diagnosis
SELECT split, SUM(COUNT(*)) OVER () AS n FROM ct_slices GROUP BY split ORDER BY split
SELECT split, COUNT(*) AS n, SUM(COUNT(*)) OVER (ORDER BY split) AS cum FROM ct_slices GROUP BY split ORDER BY split
-- Trino: different: a quotient of decimals has the digits of these
SELECT country, COUNT(*) AS n, 1.0 * COUNT(*) / SUM(COUNT(*)) OVER () AS share FROM patients GROUP BY country ORDER BY n DESC, country LIMIT 3
SELECT country, ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, country) AS r FROM patients GROUP BY country ORDER BY country LIMIT 3
-- Trino: different: a quotient of decimals has the digits of these
SELECT country, n, n * 100.0 / SUM(n) OVER () AS share FROM (SELECT country, COUNT(*) AS n FROM patients GROUP BY country) t ORDER BY n DESC, country LIMIT 3
-- Trino: different: a quotient of decimals has the digits of these
WITH t AS (SELECT split, diagnosis, COUNT(*) AS n FROM ct_slices GROUP BY split, diagnosis) SELECT split, diagnosis, n, ROUND(100.0 * n / SUM(n) OVER (PARTITION BY split), 2) AS share FROM t ORDER BY 1, 2
SELECT diagnosis, AVG(COUNT(*)) OVER () AS a FROM ct_slices GROUP BY diagnosis ORDER BY 1
SELECT diagnosis, MAX(COUNT(*)) OVER () AS a FROM ct_slices GROUP BY diagnosis ORDER BY 1
SELECT COUNT(*) AS n FROM (SELECT patient_id, scan_id, slice_index, LAG(slice_index) OVER (PARTITION BY patient_id, scan_id ORDER BY slice_index) AS p FROM ct_slices) t WHERE slice_index - p > 1
SELECT COUNT(*) AS n FROM (SELECT ROW_NUMBER() OVER (PARTITION BY patient_id, scan_id ORDER BY slice_index) AS r FROM ct_slices) t WHERE r = 1
SELECT COUNT(*) AS n FROM (SELECT ROW_NUMBER() OVER (PARTITION BY scan_id ORDER BY slice_index) AS r FROM ct_slices) t WHERE r = 1
SELECT patient_id, ROW_NUMBER() OVER (PARTITION BY diagnosis ORDER BY patient_id DESC) AS r FROM patients ORDER BY diagnosis, r LIMIT 3
SELECT patient_id, SUM(slices) OVER (PARTITION BY country ORDER BY patient_id DESC) AS r FROM patients ORDER BY country, patient_id DESC LIMIT 5
SELECT patient_id, FIRST_VALUE(patient_id) OVER (PARTITION BY country ORDER BY slices DESC) AS f FROM patients WHERE country='Italy' ORDER BY 1 LIMIT 3
SELECT country, RANK() OVER (ORDER BY n DESC) AS r FROM (SELECT country, COUNT(*) AS n FROM patients GROUP BY country) t ORDER BY r, country LIMIT 4

--- Subqueries
SELECT COUNT(*) AS n FROM patients WHERE patient_id NOT IN (SELECT patient_id FROM ct_slices)
SELECT COUNT(*) AS n FROM patients WHERE patient_id IN (SELECT patient_id FROM ct_slices WHERE split = 'test')
SELECT COUNT(*) AS n FROM patients p WHERE EXISTS (SELECT 1 FROM ct_slices s WHERE s.patient_id = p.patient_id AND s.split = 'test')
SELECT COUNT(*) AS n FROM patients p WHERE NOT EXISTS (SELECT 1 FROM ct_slices s WHERE s.patient_id = p.patient_id)
SELECT COUNT(*) AS n FROM patients WHERE slices > (SELECT AVG(slices) FROM patients)
SELECT patient_id, slices - (SELECT AVG(slices) FROM patients) AS d FROM patients ORDER BY patient_id LIMIT 2
SELECT patient_id, (SELECT COUNT(*) FROM ct_slices s WHERE s.patient_id = p.patient_id) AS n FROM patients p ORDER BY patient_id LIMIT 3
SELECT COUNT(*) AS n FROM patients a CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2) b
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n<3) SELECT * FROM r
SELECT a.diagnosis, b.n FROM (SELECT DISTINCT diagnosis FROM patients) a LEFT JOIN (SELECT diagnosis, COUNT(*) AS n FROM ct_slices WHERE country='Italy' GROUP BY diagnosis) b ON a.diagnosis = b.diagnosis ORDER BY 1
-- Trino: different: a quotient of decimals has the digits of these
SELECT diagnosis, COUNT(*) * 1.0 / (SELECT COUNT(*) FROM ct_slices) AS share FROM ct_slices GROUP BY diagnosis ORDER BY 1
SELECT COUNT(*) AS n FROM (SELECT patient_id FROM patients WHERE country='China') a FULL JOIN (SELECT patient_id FROM patients WHERE sex='F') b ON a.patient_id = b.patient_id
SELECT COUNT(*) AS n FROM ct_slices a JOIN (SELECT scan_id FROM ct_slices GROUP BY scan_id) b ON a.scan_id = b.scan_id

--- Joins
SELECT COUNT(*) AS n FROM patients p LEFT JOIN ct_slices s ON p.patient_id = s.patient_id WHERE s.patient_id IS NULL
SELECT COUNT(*) AS n FROM patients p JOIN ct_slices s USING (patient_id) WHERE p.age > 60
SELECT p.country, s.split, COUNT(*) AS n FROM patients p JOIN ct_slices s ON p.patient_id = s.patient_id AND p.age > 60 GROUP BY p.country, s.split ORDER BY n DESC, 1, 2 LIMIT 4
SELECT COUNT(*) AS n FROM patients a, patients b WHERE a.patient_id < b.patient_id AND a.country = b.country AND a.country = 'Italy'
SELECT COUNT(*) AS n FROM patients a JOIN patients b ON a.country = b.country AND a.patient_id < b.patient_id WHERE a.country = 'Italy'
SELECT a.age AS x, b.age AS y FROM patients a JOIN patients b ON a.patient_id = b.patient_id WHERE a.age > 90 ORDER BY 1, 2
SELECT a.patient_id, b.patient_id FROM patients a JOIN patients b ON a.patient_id = b.patient_id ORDER BY 1 LIMIT 1
SELECT p.patient_id, s.slice_index, p.age, s.age FROM patients p JOIN ct_slices s ON p.patient_id = s.patient_id ORDER BY 1, 2 LIMIT 1
SELECT COUNT(*) AS n FROM patients p LEFT JOIN ct_slices s ON p.patient_id = s.patient_id AND s.split = 'test'
SELECT p.patient_id, COUNT(s.image_key) AS n FROM patients p LEFT JOIN ct_slices s ON p.patient_id = s.patient_id GROUP BY p.patient_id ORDER BY n, 1 LIMIT 3
SELECT COUNT(*) AS n FROM patients p JOIN ct_slices s ON p.patient_id = s.patient_id WHERE p.diagnosis <> s.diagnosis
SELECT p.country, COUNT(*) AS n FROM patients p JOIN ct_slices s ON p.patient_id = s.patient_id WHERE s.split='test' AND p.sex='F' GROUP BY p.country ORDER BY n DESC, 1

--- Sets
SELECT country FROM patients EXCEPT SELECT country FROM ct_slices
SELECT country FROM patients INTERSECT SELECT country FROM ct_slices WHERE split='val' ORDER BY country LIMIT 3
SELECT country FROM patients UNION SELECT source FROM patients ORDER BY 1 LIMIT 3
SELECT COUNT(*) AS n FROM (SELECT country FROM patients UNION ALL SELECT source FROM patients) t
SELECT 1 AS a UNION SELECT 1.5 AS a ORDER BY a

--- Rows
SELECT patient_id, age FROM patients ORDER BY age, patient_id LIMIT 3
SELECT patient_id, age FROM patients ORDER BY age DESC, patient_id LIMIT 3
SELECT patient_id, age FROM patients ORDER BY age DESC NULLS LAST, patient_id LIMIT 3
SELECT DISTINCT ON (country) country, patient_id FROM patients ORDER BY country, slices DESC, patient_id LIMIT 3
SELECT * EXCLUDE (cover_image_key, view, modality, country, sex, diagnosis) FROM patients ORDER BY patient_id LIMIT 1
SELECT QUANTILE_CONT(age, 0.9) AS p FROM patients
SELECT PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY age) AS p FROM patients
SELECT APPROX_COUNT_DISTINCT(patient_id) > 0 AS p FROM patients
-- Trino: different: the correlation of integers has seven digits
SELECT CORR(age, slices) AS c FROM patients
SELECT file_name FROM ct_slices WHERE file_name LIKE 'NCP_96_1328_003_.png' ORDER BY 1
SELECT DISTINCT scan_id FROM ct_slices ORDER BY scan_id LIMIT 3
SELECT MODE(country) AS m FROM patients
SELECT ARG_MAX(patient_id, slices) AS m FROM patients
SELECT MIN_BY(patient_id, slices) AS m FROM patients WHERE slices = 1 AND country='Italy'
SELECT COUNT_IF(age > 50) AS x FROM patients
SELECT patient_id FROM patients ORDER BY patient_id LIMIT 2 OFFSET 3
SELECT patient_id FROM patients ORDER BY patient_id FETCH FIRST 2 ROWS ONLY
SELECT Country FROM patients ORDER BY country LIMIT 1
SELECT "country" FROM PATIENTS ORDER BY 1 LIMIT 1
SELECT patients.country FROM patients ORDER BY patients.country LIMIT 1
SELECT lower(country) AS c FROM patients ORDER BY c LIMIT 1
SELECT MAX(age) FILTER (WHERE sex='F') AS f, MAX(age) FILTER (WHERE sex='M') AS m FROM patients
SELECT patient_id p FROM patients ORDER BY p LIMIT 1
SELECT age + 1 AS age FROM patients WHERE age > 90 ORDER BY age
SELECT -age AS age, patient_id FROM patients WHERE age IS NOT NULL ORDER BY age, patient_id LIMIT 2
SELECT CAST(age AS VARCHAR) || ' y' AS a FROM patients WHERE age > 91 ORDER BY 1
SELECT age || ' y' AS a FROM patients WHERE age > 91 ORDER BY 1
SELECT DISTINCT split, diagnosis FROM ct_slices ORDER BY 1, 2

--- Values and functions
SELECT ROUND(2.5) AS a, ROUND(3.5) AS b, ROUND(-2.5) AS c, ROUND(2.345, 2) AS d
-- DuckDB: different: a quotient of integers is one
-- Trino: different: a quotient of decimals has the digits of these
SELECT 7/2 AS a, -7/2 AS b, 7 % -2 AS c, 1/3.0 AS d
SELECT SUBSTR('abcdef', 2, 3) AS a, SUBSTRING('abcdef', 1, 2) AS b, LEFT('abc', 2) AS c, RIGHT('abc', 2) AS d, LENGTH('äb') AS e, UPPER('é') AS f, REPLACE('aXa','X','-') AS g, TRIM('  a ') AS h, REVERSE('abc') AS i
SELECT POSITION('c' IN 'abc') AS p, STRPOS('abc','z') AS s
SELECT SPLIT_PART('a_b_c', '_', 2) AS s
-- DuckDB: different: CONCAT with NULL is NULL
SELECT CONCAT('a', NULL, 'b') AS c, 'a' || NULL AS d
-- DuckDB: different: LEAST and GREATEST of NULL are NULL
SELECT COALESCE(NULL, 1) AS a, NULLIF(1,1) AS b, GREATEST(1,2,3) AS c, LEAST(1,NULL,3) AS d
SELECT CAST('12' AS INT) + 1 AS a, CAST('1.5' AS DOUBLE) AS b, TRY_CAST('x' AS INT) AS c
SELECT CAST(2.7 AS INT) AS a, CAST(-2.5 AS INT) AS b
SELECT 'abc' LIKE 'A%' AS a, 'abc' ILIKE 'A%' AS b, 'a_c' LIKE 'a\_c' AS c, 'abc' NOT LIKE '%z%' AS d
SELECT * FROM (VALUES (1,'a'),(2,'b')) AS t(x,y)
VALUES (1),(2)
SELECT REGEXP_REPLACE('a1b2', '[0-9]', 'x', 'g') AS r
-- DuckDB: different: a date and an interval are a date
SELECT DATE '2020-01-31' + INTERVAL 1 MONTH AS d
SELECT DATE_DIFF('day', DATE '2020-01-01', DATE '2020-03-01') AS d
SELECT STRFTIME(DATE '2020-01-31', '%Y-%m') AS d
SELECT EXTRACT(YEAR FROM DATE '2020-05-06') AS y
SELECT RANDOM() < 2 AS r
SELECT LN(2.718281828) AS l, LOG(100) AS g, LOG10(100) AS t, SQRT(16) AS s, POWER(2,10) AS p, ABS(-3) AS a, MOD(7,3) AS m, SIGN(-2) AS si, CEIL(1.2) AS c
-- DuckDB: only DuckDB: no hash function of its own
SELECT HASH('a') IS NOT NULL AS h
SELECT MD5('a') AS h
SELECT SUBSTRING('abcdef' FROM 2 FOR 3) AS a
SELECT LPAD('7', 3, '0') AS a
SELECT 5 IN (1, NULL) AS x
SELECT NULL = NULL AS x
SELECT TRUE AND NULL AS x, FALSE AND NULL AS y, TRUE OR NULL AS z
SELECT COUNT(*) AS n FROM snapshot_info
SELECT NULL AS a, 'x' AS b
SELECT CURRENT_TIMESTAMP IS NOT NULL AS x
