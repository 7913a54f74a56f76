export default {
	repository: "koajs/koa",
	version: "3.2.0",
	commit: "e0ba8ef39d27fe5dae5492f9fe753d155124f994",
	prepare: ["npm run build"],
	runner: "node:test",
	command: ["node", "--test"],
};
