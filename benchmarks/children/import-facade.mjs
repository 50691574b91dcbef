// Prints how many milliseconds `import "weftos"` takes in a fresh process.
const started = performance.now();
await import("weftos");
console.log(performance.now() - started);
