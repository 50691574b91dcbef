// Order of map keys (RFC 8949 §4.2.1): bytewise by their encoding. For text that is the UTF-8 length first, then the
// code points. JavaScript compares UTF-16 units, which differs above U+FFFF.

/** Counts the UTF-8 bytes of a text, or gives -1 when it holds half a surrogate pair. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else {
      const next = unit < 0xdc00 ? text.charCodeAt(i + 1) : 0; // NaN past the end compares false
      if (!(next >= 0xdc00 && next <= 0xdfff)) return -1;
      bytes += 2;
      i += 1;
    }
  }
  return bytes;
}

/** Compares two well-formed texts as canonical map keys; fit for `Array.prototype.sort`. */
function compareKeys(a: string, b: string): number {
  return utf8Length(a) - utf8Length(b) || compareUnits(a, b);
}

/** Compares two texts by code points, up to the end of the shorter one. */
function compareUnits(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return aboveBasicPlane(x) - aboveBasicPlane(y) || x - y;
  }
  return a.length - b.length;
}

/** Longest list that is sorted by insertion: beyond, its square costs more than the call of `sort`. */
const FEW = 32;
/** UTF-8 lengths of the keys that are sorted by insertion: each is asked for once, and mostly they tell. */
const lengths = new Int32Array(FEW);

/** Sorts the keys of a map, in place. */
export function sortKeys(keys: string[]): void {
  if (keys.length > FEW) {
    keys.sort(compareKeys);
    return;
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const length = utf8Length(key);
    let at = i;
    for (; at > 0; at--) {
      const before = lengths[at - 1] as number;
      if (before < length || (before === length && compareUnits(keys[at - 1] as string, key) < 0)) break;
      keys[at] = keys[at - 1] as string;
      lengths[at] = before;
    }
    keys[at] = key;
    lengths[at] = length;
  }
}

/** 1 for a surrogate: it belongs to a code point above every other unit's. */
function aboveBasicPlane(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? 1 : 0;
}
