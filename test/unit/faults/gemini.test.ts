import { describeFaults } from './matrix.ts';

describeFaults('gemini');
