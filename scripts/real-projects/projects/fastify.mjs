export default {
	repository: "fastify/fastify",
	version: "6.0.0-alpha.2",
	commit: "83e69762aff047940b376fc2a266d143499ef727",
	runner: "node:test",
	command: ["node", "--test", "--test-concurrency=2", "test/**/*.test.js", "test/**/*.test.mjs"],
};
