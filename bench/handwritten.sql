-- The work of sp_RedeemCoupon for a plain price coupon, written by hand for PostgreSQL over the
-- same tables: every question that the procedure asks of such a call is asked here too, in as few
-- statements as PostgreSQL needs, and every row that it writes is written. It is the floor that the
-- stand-in is measured against. What the bench's calls never come to is refused and not done:
-- idempotency keys, targets, rules, stripes, credits and licences, fraud events, used-up budgets.
CREATE SCHEMA IF NOT EXISTS bench;

CREATE OR REPLACE FUNCTION bench.redeem(
    wanted_code text, wanted_user text, order_amount numeric, wanted_order text,
    wanted_ip text, wanted_agent text, wanted_country text, wanted_device text, is_vpn int2,
    OUT success bool, OUT error_code text, OUT message text, OUT redemption_id int8,
    OUT coupon_id int8, OUT campaign_id text, OUT discount_type text, OUT discount_amount numeric,
    OUT final_amount numeric, OUT remaining_uses int4, OUT remaining_for_user int4,
    OUT risk numeric, OUT needs_captcha bool
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    code bpchar := upper(btrim(wanted_code, E' \t\n\r'));
    usr bpchar := btrim(wanted_user);
    ord bpchar := nullif(btrim(wanted_order), '');
    address text := nullif(btrim(wanted_ip), '');
    ip bpchar := lower(address);
    agent text := nullif(btrim(wanted_agent), '');
    country bpchar := nullif(upper(btrim(wanted_country)), '');
    device bpchar := nullif(btrim(wanted_device), '');
    present timestamp;
    s record;
    a record;
    c record;
    o record;
    f record;
    others record;
    i record;
    discount numeric;
    base numeric;
BEGIN
    IF code IS NULL OR code = '' OR usr IS NULL OR length(usr) > 100 OR order_amount < 0
       OR length(ord) > 100 THEN
        RAISE EXCEPTION 'bad argument';
    END IF;

    INSERT INTO dbo.userprofiles (userid, lastattemptat)
    VALUES (usr, clock_timestamp() AT TIME ZONE 'UTC')
    ON CONFLICT (userid) DO UPDATE SET lastattemptat = excluded.lastattemptat;
    present := (clock_timestamp() AT TIME ZONE 'UTC')::timestamp(3);

    SELECT count(*) AS found,
           max(v) FILTER (WHERE k = 'redemptions_enabled')::int4 AS enabled,
           max(v) FILTER (WHERE k = 'attempts_per_minute')::int4 AS per_minute,
           max(v) FILTER (WHERE k = 'attempts_per_hour')::int4 AS per_hour,
           max(v) FILTER (WHERE k = 'attempts_per_day')::int4 AS per_day,
           max(v) FILTER (WHERE k = 'velocity_limit_per_hour')::int4 AS velocity,
           max(v) FILTER (WHERE k = 'velocity_window_minutes')::int4 AS velocity_minutes,
           max(v) FILTER (WHERE k = 'guess_window_minutes')::int4 AS guess_minutes,
           max(v) FILTER (WHERE k = 'ip_switch_window_minutes')::int4 AS ip_minutes,
           max(v) FILTER (WHERE k = 'require_device_fingerprint')::int4 AS need_device,
           max(v) FILTER (WHERE k = 'block_linked_accounts')::int4 AS block_linked,
           max(v) FILTER (WHERE k = 'block_disposable_emails')::int4 AS block_disposable,
           max(v) FILTER (WHERE k = 'require_email_verification')::int4 AS need_verified,
           max(v) FILTER (WHERE k = 'geo_blocking_enabled')::int4 AS geo_blocking,
           max(v) FILTER (WHERE k = 'captcha_after_failures')::int4 AS captcha_after,
           max(v) FILTER (WHERE k = 'max_coupons_per_order')::int4 AS per_order,
           max(v) FILTER (WHERE k = 'rate_validate_per_minute')::int4 AS views_per_minute,
           max(v) FILTER (WHERE k = 'max_attempts_per_ip')::int4 AS per_ip,
           max(v) FILTER (WHERE k = 'lockout_duration_minutes')::int4 AS lockout_minutes,
           max(v) FILTER (WHERE k = 'ip_switch_limit')::int4 AS ip_limit,
           max(v) FILTER (WHERE k = 'guess_limit')::int4 AS guess_limit,
           max(v) FILTER (WHERE k = 'max_accounts_per_device')::int4 AS per_device,
           max(v) FILTER (WHERE k = 'max_devices_per_user')::int4 AS devices_per_user,
           max(v) FILTER (WHERE k = 'coupon_credits_per_usd')::numeric AS credits_per_usd,
           max(v) FILTER (WHERE k = 'auto_flag_threshold')::numeric AS flag_score,
           max(v) FILTER (WHERE k = 'vpn_detection_enabled')::int4 AS vpn_counts,
           max(v) FILTER (WHERE k = 'risk_score_block_threshold')::numeric AS block_score,
           max(v) FILTER (WHERE k = 'manual_review_threshold')::numeric AS review_score
    INTO s
    FROM (SELECT settingname AS k, settingvalue AS v FROM dbo.settings) AS q
    WHERE k IN
        ('redemptions_enabled', 'attempts_per_minute', 'attempts_per_hour', 'attempts_per_day',
         'velocity_limit_per_hour', 'velocity_window_minutes', 'guess_window_minutes',
         'ip_switch_window_minutes', 'require_device_fingerprint', 'block_linked_accounts',
         'block_disposable_emails', 'require_email_verification', 'geo_blocking_enabled',
         'captcha_after_failures', 'max_coupons_per_order', 'rate_validate_per_minute',
         'max_attempts_per_ip', 'lockout_duration_minutes', 'ip_switch_limit', 'guess_limit',
         'max_accounts_per_device', 'max_devices_per_user', 'coupon_credits_per_usd',
         'auto_flag_threshold', 'risk_score_block_threshold', 'manual_review_threshold',
         'vpn_detection_enabled');
    IF s.found <> 27 THEN
        RAISE EXCEPTION 'a setting is absent';
    END IF;

    -- S00 to S03: recent attempts and views of the user and the address, the profile, the lists.
    SELECT h.*, v.views, v.view_failures, v.view_misses, p.lockeduntil, p.emailverified,
           p.countrycode AS home, p.createdat, l.white, l.block, l.block_white, l.watch,
           l.agent_watched, l.disposable
    INTO a
    FROM (SELECT count(*) FILTER (WHERE counts AND attemptedat > present - interval '1 minute')
                     AS in_minute,
                 count(*) FILTER (WHERE counts AND attemptedat > present - interval '1 hour')
                     AS in_hour,
                 count(*) FILTER (WHERE counts AND attemptedat > present - interval '1 day')
                     AS in_day,
                 count(*) FILTER (WHERE counts AND failurereason IS DISTINCT FROM
                                        'VELOCITY_LIMIT_EXCEEDED' AND attemptedat
                                      > present - s.velocity_minutes * interval '1 minute')
                     AS counted,
                 count(*) FILTER (WHERE counts AND status = 'failed'
                                  AND attemptedat > present - interval '10 minutes') AS failures,
                 count(*) FILTER (WHERE counts AND failurereason IN ('COUPON_NOT_FOUND',
                                        'INVALID_CODE_FORMAT') AND attemptedat
                                      > present - s.guess_minutes * interval '1 minute') AS misses,
                 count(*) FILTER (WHERE status = 'failed'
                                  AND attemptedat >= present - interval '1 day') AS day_failures,
                 count(DISTINCT other_ip) FILTER (WHERE attemptedat
                                      > present - s.ip_minutes * interval '1 minute') AS ips,
                 count(DISTINCT other_ip) FILTER (WHERE attemptedat
                                      >= present - interval '1 day') AS day_ips,
                 count(DISTINCT devicefingerprint) FILTER (WHERE devicefingerprint <> device
                                  AND attemptedat > present - interval '1 day') AS devices
          FROM (SELECT *, coalesce(failurereason, '') NOT IN ('RATE_LIMITED', 'LOCKED_OUT')
                              AS counts,
                       CASE WHEN lower(ipaddress)::bpchar <> coalesce(ip, '')
                            THEN lower(ipaddress)::bpchar END AS other_ip
                FROM dbo.redemptionhistory
                WHERE userid = usr
                  AND attemptedat >= least(present - interval '1 day',
                                           present - s.velocity_minutes * interval '1 minute',
                                           present - s.guess_minutes * interval '1 minute')) AS r
         ) AS h
    CROSS JOIN (SELECT count(*) FILTER (WHERE occurredat > present - interval '1 minute') AS views,
                       count(resultcode) FILTER (WHERE occurredat
                                                   > present - interval '10 minutes')
                           AS view_failures,
                       count(*) FILTER (WHERE resultcode IN ('COUPON_NOT_FOUND',
                                                             'INVALID_CODE_FORMAT'))
                           AS view_misses
                FROM dbo.funnelevents
                WHERE userid = usr AND eventtype = 'coupon_view'
                  AND occurredat > present - greatest(s.guess_minutes, 10) * interval '1 minute'
               ) AS v
    LEFT JOIN dbo.userprofiles AS p ON p.userid = usr
    CROSS JOIN LATERAL (
        SELECT bool_or(x.listkind = 'white' AND x.place <= 3) AS white,
               min(x.place) FILTER (WHERE x.listkind = 'block' AND x.gate) AS block,
               min(x.place) FILTER (WHERE x.listkind = 'block' AND x.gate
                                    AND x.place NOT IN (2, 5, 7)) AS block_white,
               bool_or(x.listkind = 'watch' AND x.place = 7) AS agent_watched,
               max(x.riskscore) FILTER (WHERE x.listkind = 'watch' AND x.scored) AS watch,
               bool_or(x.listkind = 'block' AND x.place = 8) AS disposable
        FROM (SELECT y.listkind, y.riskscore, k.place, k.gate, k.scored
              FROM (VALUES (1, 'user', usr, true, true), (2, 'ip', ip, true, true),
                           (3, 'device', device, true, true),
                           (4, 'email_domain', p.emaildomain, true, true),
                           (5, 'country', CASE WHEN s.geo_blocking = 1
                                               THEN coalesce(country, p.countrycode) END,
                            true, false),
                           (6, 'payment_method', p.paymentfingerprint, true, false),
                           (8, 'disposable_domain', p.emaildomain, s.block_disposable = 1, true))
                       AS k (place, kind, value, gate, scored)
              JOIN dbo.accesslists AS y
                  ON y.subjectkind = k.kind::bpchar AND y.subjectvalue = k.value
              WHERE y.isactive = 1 AND (y.expiresat IS NULL OR y.expiresat > present)
              UNION ALL
              SELECT y.listkind, y.riskscore, 7, true, false
              FROM dbo.accesslists AS y
              WHERE y.subjectkind = 'user_agent' AND y.isactive = 1
                AND (y.expiresat IS NULL OR y.expiresat > present)
                AND position(lower(y.subjectvalue) IN lower(agent)) > 0) AS x) AS l;
    IF ip IS NULL THEN
        SELECT 0 AS in_hour, 0 AS failures, 0 AS misses, 0 AS users INTO i;
    ELSE
        SELECT r.in_hour + v.in_hour AS in_hour, r.failures + v.failures AS failures,
               r.misses + v.misses AS misses, o.users
        INTO i
        FROM (SELECT count(*) FILTER (WHERE attemptedat > present - interval '1 hour') AS in_hour,
                     count(*) FILTER (WHERE status = 'failed' AND attemptedat
                                          > present - interval '10 minutes') AS failures,
                     count(*) FILTER (WHERE failurereason IN ('COUPON_NOT_FOUND',
                                            'INVALID_CODE_FORMAT') AND attemptedat
                                          > present - s.guess_minutes * interval '1 minute')
                         AS misses
              FROM (SELECT attemptedat, status, failurereason FROM dbo.redemptionhistory
                    WHERE lower(ipaddress)::bpchar = ip AND ipaddress IS NOT NULL
                      AND attemptedat
                          > present - greatest(s.guess_minutes, 60) * interval '1 minute'
                    ORDER BY attemptedat DESC LIMIT s.per_ip) AS t) AS r
        CROSS JOIN
             (SELECT count(*) FILTER (WHERE occurredat > present - interval '1 hour') AS in_hour,
                     count(resultcode) FILTER (WHERE occurredat
                                                   > present - interval '10 minutes') AS failures,
                     count(*) FILTER (WHERE resultcode IN ('COUPON_NOT_FOUND',
                                            'INVALID_CODE_FORMAT') AND occurredat
                                          > present - s.guess_minutes * interval '1 minute')
                         AS misses
              FROM (SELECT occurredat, resultcode FROM dbo.funnelevents
                    WHERE lower(ipaddress)::bpchar = ip AND eventtype = 'coupon_view'
                      AND occurredat
                          > present - greatest(s.guess_minutes, 60) * interval '1 minute'
                    ORDER BY occurredat DESC LIMIT s.per_ip) AS t) AS v
        CROSS JOIN
             (SELECT count(DISTINCT userid) AS users FROM dbo.redemptionhistory
              WHERE lower(ipaddress)::bpchar = ip AND ipaddress IS NOT NULL AND userid <> usr
                AND attemptedat >= present - interval '1 day') AS o;
    END IF;
    country := coalesce(country, a.home);
    error_code := CASE
        WHEN s.enabled = 0 THEN 'SERVICE_PAUSED'
        WHEN code !~ '^[A-Z0-9_-]{3,50}$' THEN 'INVALID_CODE_FORMAT'
        WHEN NOT coalesce(a.white, false)
             AND (a.lockeduntil > present OR a.in_hour >= s.per_hour OR a.in_day >= s.per_day)
            THEN 'LOCKED_OUT'
        WHEN NOT coalesce(a.white, false)
             AND (a.in_minute >= s.per_minute OR i.in_hour >= s.per_ip) THEN 'RATE_LIMITED'
        WHEN CASE WHEN a.white THEN a.block_white ELSE a.block END IS NOT NULL THEN 'USER_BLOCKED'
        WHEN s.need_verified = 1 AND a.emailverified = 0 THEN 'EMAIL_NOT_VERIFIED' END;

    -- S04 to S17: the coupon and its campaign, locked; what this user has used of them.
    IF error_code IS NULL THEN
        SELECT k.couponid, k.campaignid, k.coupontype, k.applicableto, k.maxuses, k.usedcount,
               k.reservedcount, k.maxusesperuser, k.minimumorderamount, k.isactive, k.validfrom,
               k.expiresat, k.assignedto, k.isstackable, k.stackinggroup, k.stripecount,
               k.deletedat, k.limiteventat, k.utmsource, k.utmmedium, k.utmcampaign,
               coalesce(k.discounttype, CASE WHEN g.discountpercentage IS NOT NULL
                                             THEN 'percentage' ELSE 'fixed_amount' END) AS kind,
               coalesce(k.discountvalue, g.discountpercentage, g.discountamount) AS value,
               k.maxdiscountamount, g.isactive AS campaign_active, g.deletedat AS campaign_deleted,
               g.startdate, g.enddate, g.maxredemptionsperuser, g.maxtotalredemptions,
               g.budgetamount, g.currencycode, g.stripecount AS campaign_stripes,
               g.marketingchannel, g.utmsource AS campaign_source, g.utmmedium AS campaign_medium,
               g.utmcampaign AS campaign_utm,
               EXISTS (SELECT FROM dbo.coupontargets AS t WHERE t.couponid = k.couponid)
               OR EXISTS (SELECT FROM dbo.coupontargets AS t WHERE t.campaignid = k.campaignid)
                   AS targeted,
               EXISTS (SELECT FROM dbo.couponvalidationrules AS r
                       WHERE r.couponid = k.couponid AND r.isactive = 1)
               OR EXISTS (SELECT FROM dbo.couponvalidationrules AS r
                          WHERE r.campaignid = k.campaignid AND r.isactive = 1) AS ruled
        INTO c
        FROM dbo.coupons AS k JOIN dbo.campaigns AS g ON g.campaignid = k.campaignid
        WHERE k.couponcode = code
        FOR NO KEY UPDATE OF k, g;
        present := (clock_timestamp() AT TIME ZONE 'UTC')::timestamp(3);
        SELECT u.usedcount + u.reservedcount AS coupon_uses,
               r.redemptioncount + r.reservedcount AS campaign_uses, t.used, t.budget,
               (SELECT b.tier FROM dbo.subscriptions AS b
                WHERE b.userid = usr AND b.status IN ('trial', 'active', 'past_due')
                ORDER BY b.currentperiodend DESC LIMIT 1) AS tier,
               EXISTS (SELECT FROM dbo.reservations AS v
                       WHERE v.couponid = c.couponid AND v.userid = usr AND v.orderid = ord
                         AND v.status = 'Reserved' AND v.closereason IS NULL) AS held
        INTO o
        FROM (SELECT sum(usedcount + reservedcount) AS used,
                     sum(budgetused + budgetreserved) AS budget
              FROM dbo.campaigncounterstripes WHERE campaignid = c.campaignid) AS t
        LEFT JOIN dbo.couponuserusage AS u ON u.couponid = c.couponid AND u.userid = usr
        LEFT JOIN dbo.userredemptions AS r ON r.userid = usr AND r.campaignid = c.campaignid;
        error_code := CASE
            WHEN c.couponid IS NULL OR c.deletedat IS NOT NULL THEN 'COUPON_NOT_FOUND'
            WHEN c.campaign_active = 0 OR c.campaign_deleted IS NOT NULL THEN 'CAMPAIGN_INACTIVE'
            WHEN c.startdate > present THEN 'CAMPAIGN_NOT_STARTED'
            WHEN c.enddate < present THEN 'CAMPAIGN_ENDED'
            WHEN c.isactive = 0 THEN 'COUPON_INACTIVE'
            WHEN c.maxuses = 1 AND c.usedcount > 0 THEN 'ALREADY_REDEEMED'
            WHEN c.validfrom > present THEN 'COUPON_NOT_YET_VALID'
            WHEN c.expiresat < present THEN 'COUPON_EXPIRED'
            WHEN c.assignedto <> usr THEN 'NOT_ASSIGNED_TO_USER'
            WHEN c.usedcount + c.reservedcount >= c.maxuses THEN 'MAX_USES_REACHED'
            WHEN o.coupon_uses >= c.maxusesperuser THEN 'MAX_USES_PER_USER_REACHED'
            WHEN o.campaign_uses >= c.maxredemptionsperuser THEN 'CAMPAIGN_USER_LIMIT_REACHED'
            WHEN o.used >= c.maxtotalredemptions THEN 'CAMPAIGN_LIMIT_REACHED'
            WHEN c.targeted OR c.ruled OR c.applicableto <> 'all' OR c.stripecount > 1
                 OR c.campaign_stripes > 1 OR c.coupontype = 'byok_migration' OR o.held
                THEN 'NOT_PLAIN' END;
    END IF;

    -- S18 to S21: other codes on the order, the discount and its tiers, budget and minimum.
    IF error_code IS NULL THEN
        SELECT count(*) AS codes, coalesce(sum(h.discountamount), 0) AS taken,
               bool_or(k.isstackable = 0) AS clash
        INTO others
        FROM dbo.redemptionhistory AS h LEFT JOIN dbo.coupons AS k ON k.couponid = h.couponid
        WHERE h.orderid = ord AND h.userid = usr AND h.status IN ('success', 'pending');
        base := greatest(order_amount - others.taken, 0);
        SELECT coalesce(t.discounttype, c.kind) AS kind, coalesce(t.discountvalue, c.value) AS value
        INTO f
        FROM (SELECT) AS one
        LEFT JOIN LATERAL (SELECT d.discounttype, d.discountvalue FROM dbo.discounttiers AS d
                           WHERE d.couponid = c.couponid AND d.minorderamount <= base
                           ORDER BY d.minorderamount DESC LIMIT 1) AS t ON true;
        discount_type := f.kind;
        discount := CASE f.kind
            WHEN 'percentage' THEN least(round(base * f.value / 100, 2),
                                         coalesce(c.maxdiscountamount, base), base)
            WHEN 'fixed_amount' THEN least(f.value, base) END;
        error_code := CASE
            WHEN discount IS NULL THEN 'NOT_PLAIN'
            WHEN others.codes > 0 AND (others.clash OR others.codes >= s.per_order)
                THEN 'STACKING_NOT_ALLOWED'
            WHEN o.budget + discount > c.budgetamount THEN 'CAMPAIGN_BUDGET_EXCEEDED'
            WHEN order_amount < c.minimumorderamount THEN 'MINIMUM_PURCHASE_NOT_MET' END;
    END IF;

    -- S23 to S25: open fraud events, linked accounts, the risk score.
    IF error_code IS NULL THEN
        SELECT max(CASE e.severity WHEN 'critical' THEN 1.00 WHEN 'high' THEN 0.50
                                   WHEN 'medium' THEN 0.25 ELSE 0 END)
                   FILTER (WHERE e.reviewstatus = 'pending') AS score,
               bool_or(e.severity IN ('high', 'critical')) AS flagged,
               (SELECT count(DISTINCT x.userid)
                FROM dbo.userprofiles AS p
                JOIN dbo.userprofiles AS x
                    ON (x.normalisedemail = p.normalisedemail
                        OR x.paymentfingerprint = p.paymentfingerprint) AND x.userid <> p.userid
                JOIN dbo.userredemptions AS r
                    ON r.userid = x.userid AND r.campaignid = c.campaignid
                WHERE p.userid = usr
                  AND (p.normalisedemail IS NOT NULL OR p.paymentfingerprint IS NOT NULL)
                  AND r.redemptioncount + r.reservedcount > 0) AS linked,
               d.users AS device_users, d.redeemers AS device_redeemers
        INTO f
        FROM (SELECT count(*) AS users,
                     count(*) FILTER (WHERE EXISTS (
                         SELECT FROM dbo.redemptionhistory AS h
                         WHERE h.userid = x.userid AND h.campaignid = c.campaignid
                           AND h.status IN ('success', 'pending')
                           AND h.devicefingerprint = device)) AS redeemers
              FROM dbo.userdevices AS x
              WHERE x.devicefingerprint = device AND x.userid <> usr) AS d
        LEFT JOIN dbo.fraudevents AS e
            ON e.userid = usr AND e.reviewstatus IN ('pending', 'rejected')
           AND e.detectedat > present - interval '30 days'
        GROUP BY d.users, d.redeemers;
        risk := greatest(a.watch, least(1, coalesce(f.score, 0)
            + least(a.day_failures * 0.02, 0.20)
            + CASE WHEN a.day_ips + (ip IS NOT NULL)::int4 > 5 THEN 0.20 ELSE 0 END
            + CASE WHEN i.users >= 2 THEN 0.15 ELSE 0 END
            + CASE WHEN f.device_users >= 2 THEN 0.25 ELSE 0 END
            + CASE WHEN a.disposable THEN 0.20 ELSE 0 END
            + CASE WHEN a.emailverified = 1 THEN 0 ELSE 0.10 END
            + CASE WHEN a.home <> country THEN 0.10 ELSE 0 END
            + CASE WHEN a.createdat <= present - interval '1 hour' THEN 0 ELSE 0.10 END
            + CASE WHEN is_vpn = 1 AND s.vpn_counts = 1 THEN 0.30 ELSE 0 END
            + CASE WHEN (ip IS NOT NULL AND agent IS NULL) OR a.agent_watched
                   THEN 0.15 ELSE 0 END));
        error_code := CASE
            WHEN a.white THEN NULL
            WHEN f.flagged THEN 'FRAUD_FLAGGED'
            WHEN risk >= s.block_score THEN 'RISK_SCORE_TOO_HIGH'
            WHEN f.linked > 0 AND s.block_linked = 1 THEN 'DUPLICATE_ACCOUNT'
            WHEN a.counted >= s.velocity THEN 'VELOCITY_LIMIT_EXCEEDED'
            WHEN device IS NULL AND s.need_device = 1 THEN 'DEVICE_FINGERPRINT_REQUIRED'
            WHEN f.device_redeemers >= s.per_device
                 OR a.devices + (device IS NOT NULL)::int4 > s.devices_per_user
                THEN 'DEVICE_FINGERPRINT_MISMATCH' END;
        -- What the procedure would look into, and perhaps report as a fraud event.
        IF NOT coalesce(a.white, false)
           AND (error_code IS NOT NULL OR f.linked > 0
                OR a.ips + (ip IS NOT NULL)::int4 > s.ip_limit OR a.agent_watched
                OR (ip IS NOT NULL AND agent IS NULL)
                OR risk >= s.flag_score OR country <> a.home) THEN
            RAISE EXCEPTION 'not a plain call: %', coalesce(error_code, 'it has a signal');
        END IF;
    END IF;

    -- The claim: counters of coupon, campaign and user, each by a conditional update.
    IF error_code IS NULL THEN
        UPDATE dbo.coupons
        SET usedcount = usedcount + 1,
            uniqueusers = uniqueusers + CASE WHEN o.coupon_uses IS NULL THEN 1 ELSE 0 END,
            totaldiscountapplied = totaldiscountapplied + discount, lastusedat = present,
            isredeemed = (coalesce(usedcount + 1 >= maxuses, false))::int4::int2,
            redeemedat = CASE WHEN usedcount + 1 >= maxuses THEN present END,
            redeemedby = CASE WHEN usedcount + 1 >= maxuses THEN usr END,
            rowver = int8send(nextval('tsql.rowversion_seq'))
        WHERE couponid = c.couponid
          AND (maxuses IS NULL OR usedcount + reservedcount < maxuses);
        IF NOT FOUND THEN error_code := 'MAX_USES_REACHED'; END IF;
    END IF;
    IF error_code IS NULL THEN
        UPDATE dbo.campaigncounterstripes
        SET usedcount = usedcount + 1, budgetused = budgetused + discount
        WHERE campaignid = c.campaignid AND stripeno = 0
          AND (stripelimit IS NULL OR usedcount + reservedcount < stripelimit)
          AND (budgetlimit IS NULL OR budgetused + budgetreserved + discount <= budgetlimit);
        IF NOT FOUND OR c.budgetamount IS NOT NULL THEN
            RAISE EXCEPTION 'the campaign is used up, or its budget is to be watched';
        END IF;
        UPDATE dbo.campaigns
        SET currentredemptions = currentredemptions + 1,
            rowver = int8send(nextval('tsql.rowversion_seq'))
        WHERE campaignid = c.campaignid;
        INSERT INTO dbo.userredemptions AS r
            (userid, campaignid, redemptioncount, totaldiscount, firstredeemedat, lastredeemedat)
        VALUES (usr, c.campaignid, 1, discount, present, present)
        ON CONFLICT (userid, campaignid) DO UPDATE
        SET redemptioncount = r.redemptioncount + 1, lastredeemedat = present,
            totaldiscount = r.totaldiscount + excluded.totaldiscount;
        INSERT INTO dbo.couponuserusage AS u (couponid, userid, usedcount, lastusedat)
        VALUES (c.couponid, usr, 1, present)
        ON CONFLICT (couponid, userid) DO UPDATE
        SET usedcount = u.usedcount + 1, lastusedat = present;
    END IF;

    success := error_code IS NULL;
    discount_amount := CASE WHEN success THEN discount ELSE 0 END;
    final_amount := CASE WHEN success THEN base - discount ELSE order_amount END;
    INSERT INTO dbo.redemptionhistory
        (couponcode, userid, campaignid, attemptedat, success, status, failurereason, couponid,
         orderid, orderamount, baseamount, finalamount, discounttype, discountamount, currencycode,
         usertier, marketingchannel, utmsource, utmmedium, utmcampaign, riskscore, reviewstatus,
         completedat, ipaddress, useragent, countrycode, devicefingerprint)
    VALUES
        (code, usr, c.campaignid, present, success::int4::int2,
         CASE WHEN success THEN 'success' ELSE 'failed' END, error_code, c.couponid, ord,
         order_amount, base, final_amount, discount_type, discount_amount, c.currencycode,
         coalesce(o.tier, 'free'), c.marketingchannel, coalesce(c.utmsource, c.campaign_source),
         coalesce(c.utmmedium, c.campaign_medium), coalesce(c.utmcampaign, c.campaign_utm),
         risk, CASE WHEN risk >= s.review_score THEN 'pending' ELSE 'none' END,
         CASE WHEN success THEN present END, address, agent, country, device)
    RETURNING redemptionid INTO redemption_id;

    needs_captcha := s.captcha_after > 0
        AND greatest(a.failures + a.view_failures, i.failures) >= s.captcha_after;
    coupon_id := c.couponid;
    campaign_id := c.campaignid;
    remaining_uses := c.maxuses - c.usedcount - 1;
    remaining_for_user := c.maxusesperuser - coalesce(o.coupon_uses, 0) - 1;
    message := coalesce(error_code, 'Redeemed.');
    IF success THEN
        IF device IS NOT NULL THEN
            INSERT INTO dbo.userdevices AS d
                (userid, devicefingerprint, firstseenat, lastseenat, successcount)
            VALUES (usr, device, present, present, 1)
            ON CONFLICT (userid, devicefingerprint) DO UPDATE
            SET lastseenat = excluded.lastseenat, successcount = d.successcount + 1;
        END IF;
        IF ip IS NOT NULL OR country IS NOT NULL THEN
            UPDATE dbo.userprofiles
            SET lastipaddress = coalesce(address, lastipaddress),
                lastcountrycode = coalesce(country, lastcountrycode)
            WHERE userid = usr;
        END IF;
        INSERT INTO dbo.outboxevents (eventtype, entitytype, entityid, payloadjson, occurredat)
        VALUES ('coupon_used', 'redemption', redemption_id::text,
                json_build_object(
                    'redemptionId', redemption_id, 'couponId', coupon_id, 'couponCode', code,
                    'campaignId', campaign_id, 'userId', usr, 'orderId', ord,
                    'discountType', discount_type, 'discountAmount', discount_amount,
                    'finalAmount', final_amount, 'currencyCode', c.currencycode)::text,
                present);
    END IF;
END $$;
