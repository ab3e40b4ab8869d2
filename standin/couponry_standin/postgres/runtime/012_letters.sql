-- The order of a dictionary: what ORDER BY sorts strings by.

-- Of a string in small letters: its letters without accents, then the string itself, which tells
-- apart what has the same letters. White space and punctuation come first, in the order of
-- Windows, then digits, then letters. words: hyphens and apostrophes count only where all else is
-- the same, and then stand behind. Trailing blanks do not count.
CREATE OR REPLACE FUNCTION tsql.letters(value text, words bool) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    own text := rtrim(value, ' ');
    base text := translate(
        own,
        '''- !"#$%&()*,./:;?@[\]^_`{|}~+<=>',
        E'\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16'
        '\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F !"'
    );
BEGIN
    IF words THEN
        base := translate(base, E'\x02\x03', '');
        own := translate(own, '''-', E'\uFFFE\uFFFF');
    END IF;
    IF octet_length(base) > length(base) THEN
        base := normalize(base, NFD);
        base := regexp_replace(base, '[\u0300-\u036F]', '', 'g');
        base := replace(replace(replace(replace(base, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
        base := translate(base, 'øđðħıłŧ', 'oddhilt');
    END IF;
    RETURN convert_to(base, 'UTF8') || '\x01'::bytea || convert_to(own, 'UTF8');
END $$;
