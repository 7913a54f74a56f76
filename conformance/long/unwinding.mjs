// The whole unwinding matrix.
process.argv.push("--all");
await import("../matrix.mjs");
