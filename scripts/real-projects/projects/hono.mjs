export default {
	repository: "honojs/hono",
	version: "4.13.3",
	commit: "28a9c128912de19f3fb28b00ae289c9b93f6f392",
	runner: "vitest",
	command: ["vitest", "--run", "--coverage.enabled=false"],
};
