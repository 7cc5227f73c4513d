"""The group-buy catalogue: goods at a lower price for a time.

Glossary (the words of the document 团购 API)
    offer        团购商品: goods at a group price, from when to when; not a bidder's offer
    kind         physical (线上团, goods that are sent) or virtual (虚拟团, something used at a place)
    phase        where an approved offer stands by the clock: coming (即将开始), running (正在进行), over (已经结束)
    category     分类, two levels for each kind; an offer names its category and perhaps a subcategory
    area         地区, two levels: a city and the areas in it; for virtual offers
    price range  价格区间: a filter over the group price, both ends included
    contract     what a shop promises its buyers, such as 七天退货
    shelves      every offer in this process's memory, sorted as it is asked for
    stocking     bringing the shelves up to what the database holds
    revision     numbers the changes of offers; every process asks for the last number before it answers
"""
