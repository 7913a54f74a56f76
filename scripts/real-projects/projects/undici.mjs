export default {
	repository: "nodejs/undici",
	version: "8.10.0",
	commit: "7eb7c8ec8f23acd9c3da93a286162f8c1dc68326",
	prepare: ["npm run generate-pem", "npm run build:node"],
	runner: "node:test",
	command: ["node", "--expose-gc", "--test", "--test-concurrency=2", "--test-timeout=180000"],
	files: [
		"test/*.js",
		"test/{busboy,cache,cache-interceptor,cookie,eventsource,fetch,infra,interceptors,node-fetch,subresource-integrity,webidl}/*.js",
		"test/{websocket,node-test}/**/*.js",
	],
	// It sends 5.9 GB.
	without: ["test/issue-803.js"],
	differs: {
		"test/cache/get-field-values.js › getFieldValues":
			"node:assert shows the source of a failed call, which it looks for at its place in the compiled text",
		"test/fetch/client-error-stack-trace.js":
			"the lines that Holdfast adds to error.stack have paths relative to the project; it looks for an absolute one",
	},
	minutes: 40,
};
