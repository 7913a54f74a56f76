export default {
	repository: "sindresorhus/emittery",
	version: "2.0.0",
	commit: "e2d879073c59ec2a375abbf7deb681e25960dc5e",
	runner: "ava",
	command: ["ava"],
};
