"use strict";
// The blocks of data in a report, each one column: base64 of gzip (see report/packing.py).

class Blocks {
  constructor(document) {
    const scripts = document.querySelectorAll('script[type="text/plain"][data-block]');
    this.elements = new Map([...scripts].map((script) => [script.dataset.block, script]));
    this.buffers = new Map();
  }

  buffer(name) {
    if (!this.buffers.has(name)) this.buffers.set(name, this.unpack(name));
    return this.buffers.get(name);
  }

  async unpack(name) {
    const script = this.elements.get(name);
    if (!script) throw new Error(`This page lacks its part “${name}”; it may have been cut off when it was copied.`);
    const bytes = bytesOf(script.textContent);
    script.remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  async array(name, Type) {
    return new Type(await this.buffer(name));
  }

  /** Numbers whose first bytes stand together, then all second ones and so on. */
  async floats(name) {
    const planes = new Uint8Array(await this.buffer(name));
    const size = planes.length / 4;
    const bytes = new Uint8Array(planes.length);
    for (let plane = 0; plane < 4; plane++) {
      for (let place = 0; place < size; place++) bytes[4 * place + plane] = planes[plane * size + place];
    }
    return new Float32Array(bytes.buffer);
  }

  async json(name) {
    const buffer = await this.buffer(name);
    this.buffers.delete(name);
    return JSON.parse(new TextDecoder().decode(buffer));
  }

  /** The value of each example. */
  async column(name) {
    const { values, codes } = await this.json(name);
    return codes ? (index) => values[codes[index]] : (index) => values[index];
  }
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place++) bytes[place] = text.charCodeAt(place);
  return bytes;
}
