/**
 * Why playing stopped. kind: 'codec' (this browser can't decode it), 'missing' (no such asset), 'closed' (not without a permission), 'network', 'media' (the decoder
 * gave up), 'unsupported' (the browser can't play segments at all) or 'other'; detail is the library's own words.
 */
export class Trouble extends Error {
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
  }
}
