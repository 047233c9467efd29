// What tests in JavaScript ask; loaded before the program, out of whose reach it is bound.
const assert = require('node:assert');
const { writeSync } = require('node:fs');
const harness = Object.assign(Object.create(null), assert);
harness.end = () => {
  const mark = Uint8Array.from([MARK], (number) => number - 1);
  for (let sent = 0; sent < mark.length;) {
    try {
      sent += writeSync(1, mark, sent);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
Object.defineProperty(globalThis, 'HARNESS', { value: Object.freeze(harness) });
