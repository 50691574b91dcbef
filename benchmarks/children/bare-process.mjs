// The least that a child process with a channel can be: it says that it runs, and waits.
process.on("message", () => {});
process.send("ready");
