/** Makes a photo small before it is sent: a telephone's has megabytes, an avatar needs a few thousand bytes. */

const SIDE = 512;

/** A JPEG of at most 512 pixels a side; what the browser cannot open is left to the server to judge. */
export async function shrink(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'white'; // where it is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => { canvas.toBlob((made) => resolve(made ?? file), 'image/jpeg', 0.9); });
}
