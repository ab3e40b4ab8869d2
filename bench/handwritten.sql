-- The work of sp_RedeemCoupon for a plain price coupon, written by hand for PostgreSQL over the
-- same tables: every question that the procedure asks of such a call is asked here too, in as few
-- statements as PostgreSQL needs. It is the floor that the stand-in is measured against.
CREATE SCHEMA IF NOT EXISTS bench;

CREATE OR REPLACE FUNCTION bench.redeem(
    wanted_code text, wanted_user text, order_amount numeric, wanted_order text,
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
    present timestamp;
    s record;
    a record;
    c record;
    o record;
    f record;
    others record;
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
         'auto_flag_threshold', 'risk_score_block_threshold', 'manual_review_threshold');
    IF s.found <> 26 THEN
        RAISE EXCEPTION 'a setting is absent';
    END IF;

    -- S00 to S03: the caller's recent attempts and views, the profile, the lists.
    SELECT h.*, v.views, v.view_failures, p.lockeduntil, p.emailverified, p.countrycode,
           p.createdat, p.lastrefundat, l.white, l.block, l.watch
    INTO a
    FROM (SELECT count(*) FILTER (WHERE attemptedat > present - interval '1 minute') AS in_minute,
                 count(*) FILTER (WHERE attemptedat > present - interval '1 hour') AS in_hour,
                 count(*) FILTER (WHERE attemptedat > present - interval '1 day') AS in_day,
                 count(*) FILTER (WHERE attemptedat
                                      > present - s.velocity_minutes * interval '1 minute'
                                  AND failurereason IS DISTINCT FROM 'VELOCITY_LIMIT_EXCEEDED')
                     AS counted,
                 count(*) FILTER (WHERE attemptedat > present - interval '10 minutes'
                                  AND status = 'failed') AS failures,
                 count(*) FILTER (WHERE status = 'failed') AS day_failures,
                 count(DISTINCT ipaddress) AS ips, count(DISTINCT devicefingerprint) AS devices
          FROM dbo.redemptionhistory
          WHERE userid = usr AND attemptedat > present - interval '1 day'
            AND coalesce(failurereason, '') NOT IN ('RATE_LIMITED', 'LOCKED_OUT')) AS h
    CROSS JOIN (SELECT count(*) AS views, count(resultcode) AS view_failures
                FROM dbo.funnelevents
                WHERE userid = usr AND eventtype = 'coupon_view'
                  AND occurredat > present - s.guess_minutes * interval '1 minute') AS v
    LEFT JOIN dbo.userprofiles AS p ON p.userid = usr
    CROSS JOIN LATERAL (
        SELECT bool_or(x.listkind = 'white') AS white, bool_or(x.listkind = 'block') AS block,
               max(x.riskscore) FILTER (WHERE x.listkind = 'watch') AS watch
        FROM (VALUES ('user', usr), ('email_domain', p.emaildomain),
                     ('country', CASE WHEN s.geo_blocking = 1 THEN p.countrycode END),
                     ('payment_method', p.paymentfingerprint),
                     ('disposable_domain', CASE WHEN s.block_disposable = 1
                                                THEN p.emaildomain END)) AS k (kind, value)
        JOIN dbo.accesslists AS x ON x.subjectkind = k.kind::bpchar AND x.subjectvalue = k.value
        WHERE x.isactive = 1 AND (x.expiresat IS NULL OR x.expiresat > present)) AS l;
    error_code := CASE
        WHEN s.enabled = 0 THEN 'SERVICE_PAUSED'
        WHEN code !~ '^[A-Z0-9_-]{3,50}$' THEN 'INVALID_CODE_FORMAT'
        WHEN a.white THEN NULL
        WHEN a.lockeduntil > present OR a.in_hour >= s.per_hour OR a.in_day >= s.per_day
            THEN 'LOCKED_OUT'
        WHEN a.in_minute >= s.per_minute THEN 'RATE_LIMITED'
        WHEN a.block THEN 'USER_BLOCKED'
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
               g.budgetamount, g.currencycode, g.marketingchannel,
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
                ORDER BY b.currentperiodend DESC LIMIT 1) AS tier
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
            ELSE least(f.value, base) END;
        error_code := CASE
            WHEN others.codes > 0 AND (others.clash OR others.codes >= s.per_order)
                THEN 'STACKING_NOT_ALLOWED'
            WHEN o.budget + discount > c.budgetamount THEN 'CAMPAIGN_BUDGET_EXCEEDED'
            WHEN order_amount < c.minimumorderamount THEN 'MINIMUM_PURCHASE_NOT_MET' END;
    END IF;

    -- S23 to S25: open fraud events, linked accounts, the risk score.
    IF error_code IS NULL THEN
        SELECT max(CASE e.severity WHEN 'critical' THEN 1.00 WHEN 'high' THEN 0.50
                                   WHEN 'medium' THEN 0.25 ELSE 0 END) AS score,
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
                  AND r.redemptioncount + r.reservedcount > 0) AS linked
        INTO f
        FROM dbo.fraudevents AS e
        WHERE e.userid = usr AND e.reviewstatus IN ('pending', 'rejected')
          AND e.detectedat > present - interval '30 days';
        risk := greatest(a.watch, least(1, coalesce(f.score, 0)
            + least(a.day_failures * 0.02, 0.20) + CASE WHEN a.ips > 5 THEN 0.20 ELSE 0 END
            + CASE WHEN a.emailverified = 1 THEN 0 ELSE 0.10 END
            + CASE WHEN a.createdat <= present - interval '1 hour' THEN 0 ELSE 0.10 END));
        error_code := CASE
            WHEN a.white THEN NULL
            WHEN f.flagged THEN 'FRAUD_FLAGGED'
            WHEN risk >= s.block_score THEN 'RISK_SCORE_TOO_HIGH'
            WHEN f.linked > 0 AND s.block_linked = 1 THEN 'DUPLICATE_ACCOUNT'
            WHEN a.counted >= s.velocity THEN 'VELOCITY_LIMIT_EXCEEDED'
            WHEN s.need_device = 1 THEN 'DEVICE_FINGERPRINT_REQUIRED' END;
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
        IF NOT FOUND THEN RAISE EXCEPTION 'the campaign is used up'; END IF;
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
         completedat)
    VALUES
        (code, usr, c.campaignid, present, success::int4::int2,
         CASE WHEN success THEN 'success' ELSE 'failed' END, error_code, c.couponid, ord,
         order_amount, base, final_amount, discount_type, discount_amount, c.currencycode,
         coalesce(o.tier, 'free'), c.marketingchannel, c.utmsource, c.utmmedium, c.utmcampaign,
         risk, CASE WHEN risk >= s.review_score THEN 'pending' ELSE 'none' END,
         CASE WHEN success THEN present END)
    RETURNING redemptionid INTO redemption_id;

    needs_captcha := s.captcha_after > 0 AND a.failures >= s.captcha_after;
    coupon_id := c.couponid;
    campaign_id := c.campaignid;
    remaining_uses := c.maxuses - c.usedcount - 1;
    remaining_for_user := c.maxusesperuser - coalesce(o.coupon_uses, 0) - 1;
    message := coalesce(error_code, 'Redeemed.');
    IF success THEN
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
