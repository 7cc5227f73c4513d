/** How much of a picture is seen, and where: its scale and how far its middle is from the middle of the stage, in pixels. */

export const FARTHEST = 1;
export const NEAREST = 6;

export class Zoom {
  constructor() {
    this.reset();
  }

  get isIn() {
    return this.scale > FARTHEST + 0.01;
  }

  reset() {
    this.scale = FARTHEST;
    this.x = 0;
    this.y = 0;
  }

  /** Nearer or farther, so that what is at this point of the stage (from its middle) stays there. */
  by(factor, at = { x: 0, y: 0 }) {
    const scale = Math.min(NEAREST, Math.max(FARTHEST, this.scale * factor));
    this.x = at.x - (at.x - this.x) * (scale / this.scale);
    this.y = at.y - (at.y - this.y) * (scale / this.scale);
    this.scale = scale;
  }

  move(x, y) {
    this.x += x;
    this.y += y;
  }

  /** No farther aside than the picture reaches: sizes as they are at scale 1. */
  keepWithin(picture, stage) {
    const reach = (length, room) => Math.max(0, (length * this.scale - room) / 2);
    const [width, height] = [reach(picture.width, stage.width), reach(picture.height, stage.height)];
    this.x = Math.min(width, Math.max(-width, this.x));
    this.y = Math.min(height, Math.max(-height, this.y));
  }
}
