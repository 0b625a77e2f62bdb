/** One server-sent event; `id` is null when the frame has none. */
export interface Frame {
  id: string | null;
  data: string;
}

/** Cuts a stream of text into frames, wherever the network split it. */
export class FrameReader {
  private rest = '';

  /** Take a piece of the stream; give the frames it completes. Comments complete none. */
  push(piece: string): Frame[] {
    const blocks = (this.rest + piece).split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? '';
    return blocks.map(frameOf).filter((frame) => frame !== null);
  }
}

function frameOf(block: string): Frame | null {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') id = value;
    if (name === 'data') data.push(value);
  }
  return data.length > 0 ? { id, data: data.join('\n') } : null;
}
