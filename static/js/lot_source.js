/** Finds everything about one lot: its goods, its group and the reader's part in it. */
import { ApiError, getGroup, getHistory, getLot, listGoods } from './api.js';

/**
 * @param {number} id
 * @param {number|null} groupId where an ended lot is looked for when the live answer does not carry its goods
 * @returns {Promise<{goods: object, group: object, mine: object|null}>} rejects with ApiError, 404 when there is none
 */
export async function findLot(id, groupId) {
  const { goods, group, participation } = await getLot(id);
  if (goods && group) return { goods, group, mine: participation ?? null };
  return (await findCurrent(id)) ?? findEnded(id, groupId);
}

async function findCurrent(id) {
  const { goods, joined } = await listGoods();
  const item = goods.find((candidate) => candidate.id === id);
  if (!item) return null;
  return { goods: item, group: await getGroup(item.group_id), mine: joined.find((mine) => mine.goods_id === id) ?? null };
}

async function findEnded(id, groupId) {
  const missing = new ApiError({ status: 404, error: 'not_found', message: '' });
  if (!groupId) throw missing;
  const group = await getHistory(groupId);
  const item = group.goods.flatMap(({ goods }) => goods).find((candidate) => candidate.id === id);
  if (!item) throw missing;
  return { goods: item, group, mine: null };
}
