<?php echo "this upload was run";
