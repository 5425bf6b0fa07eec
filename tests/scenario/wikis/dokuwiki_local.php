<?php
$conf['title'] = 'The larder';
$conf['useacl'] = 1;
$conf['superuser'] = 'admin';
$conf['userewrite'] = 0;
$conf['plugin']['popularity'] = [];
