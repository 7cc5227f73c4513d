/** Addresses of pages that need more than an id. */

/** The page of a lot; the group is named so that the lot is found after it has ended, too. */
export function lotAddress(goodsId, groupId) {
  return `/goods/${goodsId}?group=${groupId}`;
}
