/** Addresses of pages that need more than an id. */
import { toQuery } from './lot_question.js';

/** The page of a lot; the group is named so that the lot is found after it has ended, too. A question is that of the list one comes from. */
export function lotAddress(goodsId, groupId, question = {}) {
  return `/goods/${goodsId}?${new URLSearchParams({ group: groupId, ...toQuery(question) })}`;
}

/** The list of a group, without an id of the current one. */
export function listAddress(groupId, question = {}, page = 1) {
  const query = new URLSearchParams({ ...(groupId ? { group: groupId } : {}), ...toQuery(question), ...(page > 1 ? { page } : {}) });
  return query.size > 0 ? `/?${query}` : '/';
}
