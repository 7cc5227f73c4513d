/** What the live client needs of a WeChat mini-program. */

/** @param {object} wx the mini-program's `wx` object */
export function wechatTransports(wx) {
  // No stream: chunks arrive as bytes cut anywhere and older base libraries cannot decode them; it polls instead.
  return { openSocket: (url) => openSocket(wx, url), request: (options) => request(wx, options), openStream: null };
}

/** A socket task in the shape of a WebSocket. */
function openSocket(wx, url) {
  const task = wx.connectSocket({ url });
  const socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data) => task.send({ data }),
    close: (code, reason) => task.close({ code, reason }),
  };
  task.onOpen(() => socket.onopen && socket.onopen());
  task.onMessage(({ data }) => socket.onmessage && socket.onmessage({ data }));
  task.onClose((closed) => socket.onclose && socket.onclose(closed || {}));
  task.onError((failure) => socket.onerror && socket.onerror(failure));
  return socket;
}

function request(wx, { method, url, headers, body, timeout }) {
  let task = null;
  const reply = new Promise((resolve, reject) => {
    task = wx.request({
      url,
      method,
      header: headers,
      data: body,
      timeout,
      success: ({ statusCode, data }) => resolve({ status: statusCode, body: data }),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
  });
  return { reply, abort: () => task.abort() };
}
