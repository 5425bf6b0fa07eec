// What lsblk of Debian 12 (util-linux 2.38) prints on machines that tests are about, asked as lsblk_command() asks.
#pragma once

namespace larder::drive::testing {

// A Pi with its SD card, swap on it, and a stick with photographs that a desktop has mounted.
inline constexpr const char* kPiWithStick = R"({
   "blockdevices": [
      {
         "kname": "/dev/sda", "type": "disk", "size": 30765219840, "model": "Ultra Fit", "tran": "usb", "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/sda1", "type": "part", "size": 30764171264, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   "/media/pi/PHOTOS"
               ]
            }
         ]
      },{
         "kname": "/dev/mmcblk0", "type": "disk", "size": 31914983424, "model": null, "tran": null, "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/mmcblk0p1", "type": "part", "size": 536870912, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   "/boot/firmware"
               ]
            },{
               "kname": "/dev/mmcblk0p2", "type": "part", "size": 31373918208, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   "/"
               ]
            }
         ]
      }
   ]
}
)";

// A Pi 5 that starts from its NVMe drive; a partition of that is swapped to, one is not mounted; the slot for the card
// is empty, the second NVMe drive too.
inline constexpr const char* kPiWithNvme = R"({
   "blockdevices": [
      {
         "kname": "/dev/nvme0n1", "type": "disk", "size": 256060514304, "model": "PM991a NVMe", "tran": "nvme", "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/nvme0n1p1", "type": "part", "size": 536870912, "model": null, "tran": "nvme", "ro": false,
               "mountpoints": [
                   "/boot/firmware"
               ]
            },{
               "kname": "/dev/nvme0n1p2", "type": "part", "size": 200000000000, "model": null, "tran": "nvme", "ro": false,
               "mountpoints": [
                   "/var/log", "/"
               ]
            },{
               "kname": "/dev/nvme0n1p3", "type": "part", "size": 2147483648, "model": null, "tran": "nvme", "ro": false,
               "mountpoints": [
                   "[SWAP]"
               ]
            },{
               "kname": "/dev/nvme0n1p4", "type": "part", "size": 50000000000, "model": null, "tran": "nvme", "ro": false,
               "mountpoints": [
                   null
               ]
            }
         ]
      },{
         "kname": "/dev/nvme1n1", "type": "disk", "size": 512110190592, "model": "PM9A1", "tran": "nvme", "ro": false,
         "mountpoints": [
             null
         ]
      }
   ]
}
)";

// A PC whose root is a logical volume over two drives, encrypted on the first; a stick only swapped to.
inline constexpr const char* kEncryptedRoot = R"({
   "blockdevices": [
      {
         "kname": "/dev/sda", "type": "disk", "size": 500107862016, "model": "CT500MX500SSD1", "tran": "sata", "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/sda1", "type": "part", "size": 500106813440, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   null
               ],
               "children": [
                  {
                     "kname": "/dev/dm-0", "type": "crypt", "size": 500090036224, "model": null, "tran": null, "ro": false,
                     "mountpoints": [
                         null
                     ],
                     "children": [
                        {
                           "kname": "/dev/dm-1", "type": "lvm", "size": 900000000000, "model": null, "tran": null, "ro": false,
                           "mountpoints": [
                               "/"
                           ]
                        }
                     ]
                  }
               ]
            }
         ]
      },{
         "kname": "/dev/sdb", "type": "disk", "size": 500107862016, "model": "CT500MX500SSD1", "tran": "sata", "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/dm-1", "type": "lvm", "size": 900000000000, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   "/"
               ]
            }
         ]
      },{
         "kname": "/dev/sdc", "type": "disk", "size": 8000000000, "model": "DataTraveler 2.0", "tran": "usb", "ro": false,
         "mountpoints": [
             null
         ],
         "children": [
            {
               "kname": "/dev/sdc1", "type": "part", "size": 7999000000, "model": null, "tran": null, "ro": false,
               "mountpoints": [
                   "[SWAP]"
               ]
            }
         ]
      },{
         "kname": "/dev/sdd", "type": "disk", "size": 8000000000, "model": "DataTraveler 2.0", "tran": "usb", "ro": true,
         "mountpoints": [
             null
         ]
      },{
         "kname": "/dev/sr0", "type": "rom", "size": 1073741312, "model": "DVDRAM", "tran": "sata", "ro": false,
         "mountpoints": [
             null
         ]
      }
   ]
}
)";

}  // namespace larder::drive::testing
