/** An archive on its way to an import: in pieces, so that none is large and one that is lost is sent again. */
import { ask } from '../ops.js';

const MOST_TRIES = 5;
const WAIT_MS = 1000; // before a piece is sent again, and longer each time

/** Sends all of it; `isOver()` tells that nobody waits for it any more. Rejects with ApiError. */
export async function sendArchive(path, { size, piece_bytes: length }, file, onProgress, isOver) {
  const count = Math.ceil(size / length);
  for (let number = 1; number <= count && !isOver(); number += 1) {
    await sendPiece(`${path}/archive/${number}`, file.slice((number - 1) * length, number * length, 'application/octet-stream'));
    onProgress(number, count);
  }
}

async function sendPiece(path, body) {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask('PUT', path, { body });
      return;
    } catch (error) {
      if (!error.isUnanswered || tries === MOST_TRIES) throw error;
      await new Promise((resolve) => { setTimeout(resolve, tries * WAIT_MS); });
    }
  }
}
