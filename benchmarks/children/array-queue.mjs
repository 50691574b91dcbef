// Prints how many messages a second go through a bare array, handed over by a promise: the ceiling of any mailbox here.
const COUNT = 500_000;
const queue = [];
const started = performance.now();
for (let index = 0; index < COUNT; index += 1) {
  queue.push(index);
  await undefined;
  queue.shift();
}
console.log(COUNT / ((performance.now() - started) / 1000));
