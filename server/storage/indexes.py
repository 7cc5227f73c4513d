"""The indexes of all collections, each beside the question that needs it."""
from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING

Index = tuple[list[tuple[str, int]], dict[str, Any]]  # keys and options

CARRIED = "unlogged"  # of a thing that was changed: the entry that the log does not have yet
CARRYING: Index = ([(f"{CARRIED}.at", ASCENDING)], {})  # what the log fetches; few have it

# collection → its indexes, each beside the question that needs it. None is partial: the embedded server answers nothing by those.
INDEXES: dict[str, list[Index]] = {
    "groups": [
        ([("end_at", DESCENDING)], {}),  # list_open_groups, list_ended_groups
        ([("ended_at", ASCENDING)], {}),  # list_unfinished_groups, list_won
        ([("settled_at", ASCENDING), ("ended_at", ASCENDING)], {}),  # list_unsettled
        ([("issue", ASCENDING)], {"unique": True}),  # find_by_issue; one group an issue, whoever imports it twice at once
        ([("opening_until", ASCENDING)], {}),  # lapse_overdue
        CARRYING,
    ],
    "import_jobs": [([("made_at", DESCENDING)], {})],  # list_jobs
    "import_pictures": [([("job_id", ASCENDING), ("first", ASCENDING)], {})],  # list_pictures
    "import_pieces": [
        ([("job_id", ASCENDING)], {}),  # count_pieces, remove_pieces
        ([("at", ASCENDING)], {}),  # remove_pieces_before
    ],
    "lots": [
        ([("group_id", ASCENDING), ("position", ASCENDING)], {}),  # list_lots
        ([("changed_at", ASCENDING)], {}),  # list_marks_changed_since
        ([("maximum_changed_at", ASCENDING)], {}),  # list_marks_changed_since
        CARRYING,
    ],
    "settlements": [
        ([("key", ASCENDING)], {"unique": True}),  # find_by_key; one settlement for what it was made for
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_of_user
        ([("group_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_of_group
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "sold_lots": [
        ([("group_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_sold_of_group
        CARRYING,
    ],
    "second_offers": [
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # list_of_lot; a bidder is asked once for a lot
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of_bidder
        ([("state", ASCENDING), ("expires_at", ASCENDING)], {}),  # list_expired
        CARRYING,
    ],
    "sale_news": [
        ([("user_id", ASCENDING), ("at", ASCENDING)], {}),  # list_news
    ],
    "approved_bidders": [
        ([("user_id", ASCENDING), ("group_id", ASCENDING)], {"unique": True}),  # is_approved; one approval of a bidder for a group
        CARRYING,
    ],
    "lead_books": [([("user_id", ASCENDING)], {})],  # what is forgotten of a user
    "watchlists": [([("goods", ASCENDING)], {})],  # list_watchers
    "reminders": [
        ([("state", ASCENDING), ("due_at", ASCENDING)], {}),  # list_due, list_handed_over
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {}),  # replace_older
        ([("user_id", ASCENDING)], {}),  # operators' questions, forget_reminders
        ([("noticed_at", ASCENDING)], {"expireAfterSeconds": 90 * 24 * 3600}),  # what nobody asks about any more
        CARRYING,
    ],
    "reaches": [
        ([("changed_at", ASCENDING)], {}),  # list_granting
    ],
    "bids": [  # a lot's bids are read by their ids
        ([("outbid_user_id", ASCENDING), ("delivered_at", ASCENDING)], {}),  # list_outbid
        ([("delivered_at", ASCENDING)], {}),  # list_delivered, list_newest
    ],
    "published_heads": [
        ([("group_id", ASCENDING)], {}),  # list_heads
    ],
    "maxima": [
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {}),  # find_maximum_by_key, list_maxima
    ],
    "refusals": [
        ([("written_at", ASCENDING)], {"expireAfterSeconds": 30 * 24 * 3600}),  # list_refusals
        ([("user_id", ASCENDING), ("written_at", DESCENDING)], {}),  # list_of_users
        ([("goods_id", ASCENDING), ("written_at", DESCENDING)], {}),  # list_of_lot
    ],
    "watch_samples": [
        ([("goods_id", ASCENDING), ("at", ASCENDING)], {}),  # list_samples
        ([("at", ASCENDING)], {"expireAfterSeconds": 365 * 24 * 3600}),
    ],
    "participations": [
        ([("user_id", ASCENDING), ("group_id", DESCENDING), ("_id", ASCENDING)], {}),  # list_participations
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # one participation a user and lot
    ],
    "users": [
        ([("identities", ASCENDING)], {"unique": True}),  # find_user_by_identity
        ([("is_erasing", ASCENDING)], {}),  # list_unfinished
        ([("tokens_ended_at", ASCENDING)], {}),  # list_ended
        ([("roles", ASCENDING)], {}),  # operators
        ([("merging.at", ASCENDING)], {"sparse": True}),  # list_shut
        CARRYING,
    ],
    "operator_logins": [
        ([("user_id", ASCENDING), ("login_at", DESCENDING)], {}),  # list_logins
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # logins none of whose tokens could be used
    ],
    "login_attempts": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # failures that no longer count
    ],
    "addresses": [
        ([("user_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_all of a user
    ],
    "avatars.files": [
        ([("metadata.user_id", ASCENDING)], {}),  # remove_all
    ],
    "denied_tokens": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # refusals go when their tokens could not be used anyway
    ],
    "ended_logins": [
        ([("ended_at", ASCENDING)], {}),  # list_ended
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # ends go when no token of theirs could be used anyway
    ],
    "changes": [
        ([("noun", ASCENDING), ("thing_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_changes, of a thing or a noun
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_changes, of a user
        ([("at", ASCENDING)], {}),  # page_changes, of a time
    ],
    "invitations": [CARRYING],
    "groupbuy_shops": [CARRYING],
    "groupbuy_categories": [CARRYING],
    "groupbuy_areas": [CARRYING],
    "groupbuy_price_ranges": [CARRYING],
    "groupbuy_offers": [  # sorted lists are made in memory, by domain/groupbuy/shelves.py
        ([("revision", ASCENDING)], {}),  # list_changed_entries
        CARRYING,
    ],
    "groupbuy_imports": [
        ([("revision", ASCENDING)], {}),  # list_changed_entries, list_entries
    ],
    "mall_adjustments": [CARRYING],
    "mall_cart_rows": [
        ([("user_id", ASCENDING), ("kind", ASCENDING), ("added_at", ASCENDING)], {}),  # list_rows, count_rows
    ],
    "mall_orders": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_orders
        ([("user_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], {}),  # page_orders of a status, count_by_status
        ([("status", ASCENDING), ("closes_at", ASCENDING)], {}),  # list_overdue
        ([("paid_at", DESCENDING)], {}),  # list_sales
        ([("contact.province_id", ASCENDING), ("paid_at", ASCENDING)], {}),  # list_city_months
        ([("code", ASCENDING)], {"unique": True}),  # find_by_code
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
        ([("number", ASCENDING)], {"unique": True}),  # the staff's questions
        ([("lines.choice.goods_id", ASCENDING)], {}),  # read_books
        CARRYING,
    ],
    "mall_payment_nonces": [
        ([("at", ASCENDING)], {"expireAfterSeconds": 24 * 3600}),  # keep_notice: what is older is refused by its time
    ],
    "mall_payments": [
        ([("number", ASCENDING)], {"unique": True}),  # find_payment
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_payments
        ([("status", ASCENDING), ("look_at", ASCENDING)], {}),  # list_looked_for
        ([("purpose_state", ASCENDING)], {}),  # list_waiting
        ([("paid_at", ASCENDING)], {}),  # list_payments_made
        CARRYING,
    ],
    "mall_goods": [
        ([("revision", ASCENDING)], {}),  # list_rows
        ([("removed_at", ASCENDING), ("_id", DESCENDING)], {}),  # page
        ([("category_id", ASCENDING)], {}),  # has_any
        ([("freight_id", ASCENDING)], {}),  # has_any
        ([("name", ASCENDING)], {}),  # find_known
        ([("bar_code", ASCENDING)], {}),  # find_known
        CARRYING,
    ],
    "mall_stock": [
        ([("goods_id", ASCENDING)], {}),  # find_counts
    ],
    "mall_intakes": [
        ([("count_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # each_intake
        ([("goods_id", ASCENDING), ("at", DESCENDING)], {}),  # read_books, the staff's questions
    ],
    "mall_reviews": [
        ([("goods_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_shown
        CARRYING,
    ],
    "mall_favourites": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_favourites
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # one favourite a member and goods
    ],
    "mall_restock_wishes": [
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # keep_wish; one wish a member and goods
        ([("goods_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_claims": [
        ([("order_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_claims
        ([("user_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_refunds": [
        ([("order_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_refunds
        CARRYING,
    ],
    "mall_repayments": [
        ([("number", ASCENDING)], {"unique": True}),  # find_repayment
        ([("state", ASCENDING), ("look_at", ASCENDING)], {}),  # list_due
        ([("payment_id", ASCENDING)], {}),  # sum_repaid
        ([("asked_at", ASCENDING)], {}),  # list_repayments_asked
        CARRYING,
    ],
    "mall_sellers": [
        ([("team_id", ASCENDING)], {}),  # list_team_months
        CARRYING,
    ],
    "mall_team_partners": [
        ([("leader_id", DESCENDING), ("joined_at", DESCENDING)], {}),  # list_led
        CARRYING,
    ],
    "mall_commissions": [
        ([("seller_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_commissions, sum_sales
        ([("seller_id", ASCENDING), ("buyer_id", ASCENDING)], {}),  # sum_by_buyer
        ([("seller_id", ASCENDING), ("owed", ASCENDING)], {}),  # list_owing
        ([("seller_id", ASCENDING), ("owed_points", ASCENDING)], {}),  # list_owing, of points
        ([("order_id", ASCENDING)], {}),  # list_of_order
        ([("state", ASCENDING), ("look_at", ASCENDING)], {}),  # list_due
        CARRYING,
    ],
    "mall_seller_teams": [CARRYING],
    "mall_seller_cities": [CARRYING],
    "mall_members": [
        ([("referrer_id", ASCENDING)], {}),  # list_brought
    ],
    "mall_bargains": [
        ([("goods_id", ASCENDING)], {}),  # list_of_goods
        CARRYING,
    ],
    "mall_bargain_runs": [
        ([("slot", ASCENDING)], {"unique": True}),  # find_run; one run a member and bargain goes on
        ([("bargain_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_bargain_helps": [
        ([("run_id", DESCENDING), ("at", DESCENDING)], {}),  # list_helps
    ],
    "mall_group_offers": [
        ([("goods_id", ASCENDING)], {}),  # list_of_goods
        CARRYING,
    ],
    "mall_buyer_groups": [
        ([("offer_id", ASCENDING), ("state", ASCENDING)], {}),  # count_groups
        ([("leader_id", ASCENDING), ("offer_id", ASCENDING)], {}),  # find_unpaid
        ([("goods_id", ASCENDING), ("state", ASCENDING)], {}),  # page_groups of a goods
        ([("seats.user_id", ASCENDING)], {}),  # page_groups of a member
        ([("state", ASCENDING), ("expires_at", ASCENDING)], {}),  # list_expired, list_ending
        CARRYING,
    ],
    "mall_settings": [CARRYING],
    "mall_categories": [CARRYING],
    "mall_freights": [CARRYING],
    "mall_shops": [CARRYING],
    "mall_banners": [CARRYING],
    "mall_ad_positions": [CARRYING],
    "mall_notices": [CARRYING],
    "mall_coupon_rules": [CARRYING],
    "mall_coupons": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of
        ([("rule_id", ASCENDING), ("taker_id", ASCENDING)], {}),  # count_taken, count_made
        ([("order_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_coupon_codes": [
        ([("number", ASCENDING)], {"unique": True}),  # find_code
        ([("rule_id", ASCENDING)], {}),  # count_made
        CARRYING,
    ],
    "mall_coupon_merges": [CARRYING],
    "mall_points_deductions": [CARRYING],
    "mall_points_gifts": [CARRYING],
    "mall_points_vouchers": [
        ([("number", ASCENDING)], {"unique": True}),  # find_voucher
        CARRYING,
    ],
    "mall_sign_rules": [CARRYING],
    "mall_signs": [
        ([("user_id", DESCENDING), ("day", DESCENDING)], {"unique": True}),  # find_last_sign, page_signs; one a member and day
    ],
    "mall_shares": [
        ([("user_id", ASCENDING), ("day", ASCENDING), ("group", ASCENDING)], {"unique": True}),  # list_shares; one a sharer, day and group
    ],
    "mall_levels": [CARRYING],
    "mall_level_prices": [CARRYING],
    "mall_level_gifts": [CARRYING],
    "mall_memberships": [
        ([("ends_at", ASCENDING)], {}),  # list_ended, list_ungifted
        CARRYING,
    ],
    "mall_level_purchases": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_of
        CARRYING,
    ],
    "mall_cards": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of
        CARRYING,
    ],
    "mall_card_entries": [
        ([("key", ASCENDING)], {"unique": True}),  # find_card_entry; one entry for what it was made for
        ([("card_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # each_entry
        ([("user_id", ASCENDING), ("at", DESCENDING)], {}),  # page_card_entries
    ],
    "mall_activity_pages": [CARRYING],
    "mall_order_earnings": [
        ([("user_id", ASCENDING), ("owes", ASCENDING)], {}),  # list_owing
        CARRYING,
    ],
    "mall_article_categories": [CARRYING],
    "mall_articles": [
        ([("state", ASCENDING), ("category_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_shown, find_neighbours
        ([("user_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_article_favourites": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_favourites
        ([("user_id", ASCENDING), ("article_id", ASCENDING)], {"unique": True}),  # one favourite a member and article
        ([("article_id", ASCENDING)], {}),  # read_counts
    ],
    "mall_article_votes": [
        ([("article_id", ASCENDING), ("at", DESCENDING)], {}),  # page_votes, read_counts
    ],
    "mall_pages": [
        ([("key", ASCENDING)], {}),  # list_all of a key
        CARRYING,
    ],
    "mall_comments": [
        ([("kind", ASCENDING), ("state", ASCENDING), ("ref_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_readable
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_readable, of the reader's own
        CARRYING,
    ],
    "mall_partners": [CARRYING],
    "mall_messages": [
        ([("state", ASCENDING), ("_id", ASCENDING)], {}),  # list_waiting
        ([("user_id", ASCENDING), ("state", ASCENDING)], {}),  # count
        CARRYING,
    ],
    "mall_json_rows": [
        ([("user_id", ASCENDING), ("kind", ASCENDING), ("is_top", DESCENDING), ("_id", DESCENDING)], {}),  # page_rows
        CARRYING,
    ],
    "mall_link_hosts": [CARRYING],
    "mall_short_links": [CARRYING],
    "mall_bar_codes": [
        ([("code", ASCENDING)], {}),  # list_all of a code
        CARRYING,
    ],
    "mall_gate_merchants": [CARRYING],
    "mall_sms_templates": [CARRYING],
    "mall_codes": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # codes whose time is over
        ([("sent_at", DESCENDING), ("_id", DESCENDING)], {}),  # list_codes
    ],
    "mall_code_counts": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # counts of days that are over
    ],
    "mall_uploads": [
        ([("user_id", ASCENDING), ("uploaded_at", DESCENDING), ("_id", DESCENDING)], {}),  # list_uploads
    ],
    "mall_activities": [CARRYING],
    "mall_teams": [
        ([("activity_id", ASCENDING), ("_id", ASCENDING)], {}),  # page_teams
    ],
    "mall_bookings": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_own
        ([("activity_id", ASCENDING), ("user_id", ASCENDING)], {}),  # count_booked, the staff's questions
        ([("team_id", ASCENDING), ("_id", ASCENDING)], {}),  # page_members
        ([("state", ASCENDING), ("pays_until", ASCENDING)], {}),  # list_overdue
        CARRYING,
    ],
    "mall_queues": [CARRYING],
    "mall_tickets": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_own
        ([("queue_id", ASCENDING), ("round", ASCENDING), ("state", ASCENDING), ("number", ASCENDING)], {}),  # find_next, find_active
        CARRYING,
    ],
    "mall_polls": [CARRYING],
    "mall_ballots": [
        ([("poll_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # find_ballot; one for a member and poll
        ([("poll_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_ballots
    ],
    "mall_virtual_goods": [CARRYING],
    "mall_virtual_purchases": [
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # find_first; one purchase a member and goods
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        CARRYING,
    ],
    "mall_raffles": [CARRYING],
    "mall_raffle_draws": [
        ([("raffle_id", ASCENDING), ("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # count_with, page_with, find_first
        CARRYING,
    ],
    "mall_bomb_games": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        CARRYING,
    ],
    "mall_courier_deliveries": [
        ([("order_id", ASCENDING), ("_id", DESCENDING)], {}),  # find_first
        CARRYING,
    ],
    "mall_alipay_transfers": [
        ([("pushed_at", DESCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_wechat_bills": [
        ([("day", ASCENDING), ("import", ASCENDING)], {}),  # find_bill
    ],
    "mall_recharge_rules": [CARRYING],
    "mall_bill_discounts": [CARRYING],
    "mall_withdrawals": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        ([("number", ASCENDING)], {"unique": True}),  # find_first by its number
        ([("look_at", ASCENDING)], {}),  # list_looked_for
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "mall_deposits": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with, find_first of what is unpaid
        CARRYING,
    ],
    "mall_bills": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_identities": [CARRYING],
    "mall_invoices": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        ([("order_id", ASCENDING)], {}),  # list_of_order
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "mall_friends": [
        ([("user_id", DESCENDING), ("added_at", DESCENDING), ("_id", DESCENDING)], {}),  # page_friends, count_friends
        ([("friend_id", ASCENDING)], {}),  # forget
    ],
    "mall_letters": [
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_letters
        ([("sender_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_letters that were sent
        CARRYING,
    ],
    "mall_member_codes": [
        ([("good_until", ASCENDING)], {"expireAfterSeconds": 0}),  # codes whose time is over
        CARRYING,
    ],
    "mall_support_agents": [CARRYING],
    "mall_support_invitations": [CARRYING],
    "mall_support_talks": [
        ([("open_id", ASCENDING), ("state", ASCENDING)], {}),  # find_open
        ([("agent_id", ASCENDING), ("said_at", DESCENDING), ("_id", DESCENDING)], {}),  # page_talks
        ([("state", ASCENDING), ("agent_id", ASCENDING)], {}),  # count_workload
        CARRYING,
    ],
    "mall_support_lines": [
        ([("key", ASCENDING)], {"unique": True}),  # find_by_key: each is kept once
        ([("talk_id", DESCENDING), ("number", DESCENDING)], {}),  # page_lines, mark_read
        ([("said_at", DESCENDING)], {}),  # list_heard
        CARRYING,
    ],
    "mall_wallets": [
        ([("sums.growth", ASCENDING), ("_id", ASCENDING)], {}),  # list_grown
    ],
    "mall_entries": [
        ([("key", ASCENDING)], {"unique": True}),  # find_entry; one entry for what it was made for
        ([("user_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # page_entries, each_entry
        ([("at", ASCENDING)], {}),  # each_entry_between
    ],
}
