-- Random bytes and digests.

-- PostgreSQL's strong randomness comes to SQL as uuids of 122 random bits: three of them, hashed,
-- make 32 bytes.
CREATE OR REPLACE FUNCTION tsql.crypt_gen_random(size int4) RETURNS bytea
VOLATILE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result bytea := '\x';
BEGIN
    IF size NOT BETWEEN 1 AND 8000 THEN
        RETURN NULL;
    END IF;
    WHILE length(result) < size LOOP
        result := result
            || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                || uuid_send(gen_random_uuid()));
    END LOOP;
    RETURN substring(result FROM 1 FOR size);
END $$;

CREATE OR REPLACE FUNCTION tsql.hashbytes(algorithm text, value bytea) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE upper(rtrim(algorithm))
        WHEN 'SHA2_256' THEN sha256(value)
        WHEN 'SHA2_512' THEN sha512(value)
        WHEN 'MD5' THEN decode(md5(value), 'hex')
        WHEN 'SHA1' THEN tsql.sha1(value)
        WHEN 'SHA' THEN tsql.sha1(value)
    END;
END $$;

-- PostgreSQL has no SHA-1 of its own: the digest of FIPS 180-4, word by word.
CREATE OR REPLACE FUNCTION tsql.sha1(value bytea) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    mask constant int8 := 4294967295;
    size int4 := length(value);
    padded bytea := value || '\x80'::bytea
        || decode(repeat('00', ((119 - size % 64) % 64)), 'hex') || int8send(size::int8 * 8);
    h0 int8 := 1732584193;
    h1 int8 := 4023233417;
    h2 int8 := 2562383102;
    h3 int8 := 271733878;
    h4 int8 := 3285377520;
    a int8; b int8; c int8; d int8; e int8; f int8; k int8; t int8;
    w int8[];
BEGIN
    FOR block IN 0 .. length(padded) / 64 - 1 LOOP
        FOR i IN 0 .. 15 LOOP
            w[i] := get_byte(padded, block * 64 + i * 4) * 16777216::int8
                + get_byte(padded, block * 64 + i * 4 + 1) * 65536
                + get_byte(padded, block * 64 + i * 4 + 2) * 256
                + get_byte(padded, block * 64 + i * 4 + 3);
        END LOOP;
        FOR i IN 16 .. 79 LOOP
            t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((t << 1) | (t >> 31)) & mask;
        END LOOP;
        a := h0; b := h1; c := h2; d := h3; e := h4;
        FOR i IN 0 .. 79 LOOP
            IF i < 20 THEN
                f := (b & c) | ((b # mask) & d); k := 1518500249;
            ELSIF i < 40 THEN
                f := b # c # d; k := 1859775393;
            ELSIF i < 60 THEN
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE
                f := b # c # d; k := 3395469782;
            END IF;
            t := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
        END LOOP;
        h0 := (h0 + a) & mask; h1 := (h1 + b) & mask; h2 := (h2 + c) & mask;
        h3 := (h3 + d) & mask; h4 := (h4 + e) & mask;
    END LOOP;
    RETURN substring(int8send(h0) FROM 5) || substring(int8send(h1) FROM 5)
        || substring(int8send(h2) FROM 5) || substring(int8send(h3) FROM 5)
        || substring(int8send(h4) FROM 5);
END $$;
