export { lightFetch } from './light-fetch.ts';
