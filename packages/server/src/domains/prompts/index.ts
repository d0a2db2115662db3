export { PromptsService } from './prompts-service.ts';
