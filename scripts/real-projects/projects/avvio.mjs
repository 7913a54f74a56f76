export default {
	repository: "fastify/avvio",
	version: "9.2.0",
	commit: "ba0239c4cc6faf2223cc021d869bed2eb339d305",
	runner: "node:test",
	command: ["node", "--test", "test/**/*.test.js"],
};
