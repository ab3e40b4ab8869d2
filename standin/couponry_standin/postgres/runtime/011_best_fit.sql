-- The characters that code page 1252 lacks and Windows, which SQL Server asks, writes as others alike
-- (its best fit): accents go, full-width letters become plain ones, infinity an 8.

CREATE OR REPLACE FUNCTION tsql.best_fit(value text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    letters CONSTANT text :=
        E'ĀĂĄǍǞāăąǎǟαℬƀĆĈĊČℂℭćĉċčĎďđδĐƉĒĔĖĘĚℇℰēĕėęěε℮ℯΦℱφƑĜĞĠĢǤǦΓĝğġģǥ'
        'ǧɡℊĤĦℋℌℍĥħһℎĨĪĬĮİƗǏℐℑĩīĭįıǐĴĵǰĶǨ\u212AķǩĹĻĽŁℒĺļľłƚℓℳŃŅŇℕńņňⁿ∩ŌŎŐƟ'
        'ƠǑǪǬΩōŏőơǒǫǭℴ₧℘ℙπℚŔŖŘℛℜℝŕŗřŚŜŞΣśŝşσŢŤŦƮΘţťŧƫτŨŪŬŮŰŲƯǓǕǗǙǛũūŭ'
        'ůűųưǔǖǘǚǜ√ŴŵŶŷŹŻℤℨźżƶ\u212B∅βμ';
    plain_letters CONSTANT text :=
        E'AAAAAaaaaaaBbCCCCCCccccDdddÐÐEEEEEEEeeeeeeeeFFfƒGGGGGGGggggg'
        'gggHHHHHhhhhIIIIIIIIIiiiiiiJjjKKKkkLLLLLllllllMNNNNnnnnnOOOO'
        'OOOOOooooooooPPPpQRRRRRRrrrSSSSssssTTTTTtttttUUUUUUUUUUUUuuu'
        'uuuuuuuuuvWwYyZZZZzzzÅØßµ';
    others CONSTANT text :=
        E'₀₁₂₃⁴₄⁵₅⁶₆⁷₇⁸₈∞₉˚⁰∘\u030Aǃǀ∣❘ʹʼˈ′ʺ\u030E˄⌃\u0302ˉ\u0304\u0305▀ˊ\u0301ˋ'
        '‵\u0300ˍ\u0331\u0332▄\u0303∼\u0308\u0327\u037E։∶٪\u2010\u2011−─┬┴═╤╥╦╧╨╩‗≡≤≥․∙⋅・⁄∕∖∗₡'
        '₤∓≈≪《≫》⌂│┤║╞╟╠╡╢╣█▌▐░▒▓■⌐⌠⌡\u2329\u3008\u232A\u3009┌┐└┘├┼╒╓╔'
        '╕╖╗╘╙╚╛╜╝╪╫╬☼〚〛\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u3000';
    plain_others CONSTANT text :=
        E'0123445566778889°°°°!|||''''''''""^^^¯¯¯¯´´`'
        '``____~~¨¸;::%-------------====····//\\*¢'
        '£±˜««»»¦¦¦¦¦¦¦¦¦¦¦¦¦¦¦¦¦¬()<<>>+++++++++'
        '++++++++++++¤[]        ';
    wide CONSTANT text :=
        E'！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯ'
        'ＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～';
    plain_wide CONSTANT text :=
        E'!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNO'
        'PQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';
BEGIN
    RETURN translate(translate(translate(value,
        letters, plain_letters), others, plain_others), wide, plain_wide);
END $$;
