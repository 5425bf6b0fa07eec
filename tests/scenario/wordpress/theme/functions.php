<?php
register_nav_menus(['main' => 'Main']);
