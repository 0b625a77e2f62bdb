const FENCE = /^ {0,3}(`{3,}|~{3,})/;
// A line that starts something of its own whatever stood before: text, a heading or a fence at the
// margin. Lists, quotes, tables and indented lines may go on with what stood before.
const OWN_START = /^(?![-*+>|:]|\d+[.)])\S/;
const FAR_REFERENCE = /^ {0,3}\[[^\]]+\]:/m;

/**
 * Cut Markdown where two parts surely do not depend on each other, so that a growing answer only
 * parses its last part again. What is not sure stays together.
 */
export function markdownBlocks(text: string): string[] {
  if (FAR_REFERENCE.test(text)) return [text];
  const blocks: string[] = [];
  let block: string[] = [];
  let fence: string | null = null;
  let isAfterBlank = false;
  for (const line of text.split('\n')) {
    if (fence === null && isAfterBlank && OWN_START.test(line) && block.length > 0) {
      blocks.push(block.join('\n'));
      block = [];
    }
    block.push(line);
    isAfterBlank = line.trim() === '';
    fence = fenceAfter(line, fence);
  }
  if (block.length > 0) blocks.push(block.join('\n'));
  return blocks;
}

function fenceAfter(line: string, open: string | null): string | null {
  const mark = FENCE.exec(line)?.[1];
  if (mark === undefined) return open;
  if (open === null) return mark;
  const isClosing = mark.startsWith(open) && line.trim() === mark;
  return isClosing ? null : open;
}
