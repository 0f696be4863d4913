import { describeFaults } from './matrix.ts';

describeFaults('openai-chat');
