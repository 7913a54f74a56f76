export default {
	repository: "nanostores/nanostores",
	version: "1.5.2",
	commit: "400cbb3e8faa03e166d2b0cfef17528d547eb7d6",
	runner: "node:test",
	command: ["node", "--test", "**/*.test.ts"],
};
