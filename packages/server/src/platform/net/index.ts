export { assertPublicHost, postJson, type Posted } from './post-json.ts';
