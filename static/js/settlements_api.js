/** The API of what comes after the sale: one function per route the pages use. */
import { call } from './api.js';

const MOST = 100; // of the newest; older ones are paid long ago

export const listSettlements = () => call('GET', '/settlements', { query: { limit: MOST } });
export const getSettlement = (id) => call('GET', `/settlements/${id}`);
export const chooseAddress = (id, addressId) => call('PUT', `/settlements/${id}/address`, { body: { address_id: addressId } });
export const askInvoice = (id, invoice) => call('PUT', `/settlements/${id}/invoice`, { body: invoice });

/** `channel`: qrcode gives a `picture`, h5 a `url` to go to. */
export const askPayment = (id, channel) => call('POST', `/settlements/${id}/payments`, { body: { channel } });
export const payFromWallet = (id) => call('POST', `/settlements/${id}/wallet`, { body: {} });

export const listSecondOffers = () => call('GET', '/second-offers');
export const acceptOffer = (id) => call('POST', `/second-offers/${id}/accept`, { body: {} });
export const declineOffer = (id) => call('POST', `/second-offers/${id}/decline`, { body: {} });
