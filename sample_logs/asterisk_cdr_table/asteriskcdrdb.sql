-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: asteriskcdrdb
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `cdr`;
CREATE TABLE `cdr` (
  `calldate` datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  `clid` varchar(80) NOT NULL DEFAULT '',
  `src` varchar(80) NOT NULL DEFAULT '',
  `dst` varchar(80) NOT NULL DEFAULT '',
  `dcontext` varchar(80) NOT NULL DEFAULT '',
  `channel` varchar(80) NOT NULL DEFAULT '',
  `dstchannel` varchar(80) NOT NULL DEFAULT '',
  `lastapp` varchar(80) NOT NULL DEFAULT '',
  `lastdata` varchar(80) NOT NULL DEFAULT '',
  `duration` int(11) NOT NULL DEFAULT 0,
  `billsec` int(11) NOT NULL DEFAULT 0,
  `disposition` varchar(80) NOT NULL DEFAULT '',
  `amaflags` int(11) NOT NULL DEFAULT 0,
  `accountcode` varchar(80) NOT NULL DEFAULT '',
  `uniqueid` varchar(80) NOT NULL DEFAULT '',
  `userfield` varchar(80) NOT NULL DEFAULT '',
  `did` varchar(80) NOT NULL DEFAULT '',
  `recordingfile` varchar(80) NOT NULL DEFAULT '',
  `cnum` varchar(80) NOT NULL DEFAULT '',
  `cnam` varchar(80) NOT NULL DEFAULT '',
  `outbound_cnum` varchar(80) NOT NULL DEFAULT '',
  `outbound_cnam` varchar(80) NOT NULL DEFAULT '',
  `dst_cnam` varchar(80) NOT NULL DEFAULT '',
  `linkedid` varchar(80) NOT NULL DEFAULT '',
  `peeraccount` varchar(80) NOT NULL DEFAULT '',
  `sequence` int(11) NOT NULL DEFAULT 0,
  KEY `calldate` (`calldate`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `cdr` WRITE;
INSERT INTO `cdr` VALUES
('2026-04-16 00:01:01','\"Ann Lee\" <5855550137>','5855550137','600','ext-queues','PJSIP/north-00000001','Local/208@from-queue-00000001;1','Queue','600,t,,,240',15,15,'NO ANSWER',3,'','1776312061.1','','5855550167','','5855550137','Ann Lee','','','','1776312061.1','',0),
('2026-04-16 00:01:16','\"Ann Lee\" <5855550137>','5855550137','600','ext-queues','PJSIP/north-00000001','PJSIP/207-00000003','Queue','600,t,,,240',90,90,'ANSWERED',3,'','1776312061.1','','5855550167','q-600-5855550137.wav','5855550137','Ann Lee','','','','1776312061.1','',1),
('2026-04-16 00:06:40','\"O\'Brien\" <5855550138>','5855550138','600','ext-queues','PJSIP/north-00000006','','Queue','600,t,,,240',30,30,'ANSWERED',3,'','1776312400.9','','5855550167','','5855550138','O\'Brien','','','','1776312400.9','',2),
('2026-04-16 00:11:40','\"Lee, Ann\" <5855550141>','5855550141','2001','ext-group','PJSIP/north-00000009','PJSIP/201-0000000a','Dial','PJSIP/201&PJSIP/202,20',20,0,'NO ANSWER',3,'','1776312700.12','','5855550178','','5855550141','Lee, Ann','','','','1776312700.12','',3),
('2026-04-16 00:12:00','\"Lee, Ann\" <5855550141>','5855550141','vmu201','ext-local','PJSIP/north-00000009','','VoiceMail','201@default,u',25,25,'ANSWERED',3,'','1776312700.12','','5855550178','','5855550141','Lee, Ann','','','','1776312700.12','',4),
('2026-04-16 00:15:00','\"\" <5855550142>','5855550142','201','ext-local','PJSIP/north-0000000c','PJSIP/201-0000000d','Dial','PJSIP/201,20,tr',66,58,'ANSWERED',3,'','1776312900.20','','5855550178','','5855550142','','','','','1776312900.20','',5),
('2026-04-16 00:16:40','\"Desk\" <201>','201','5855550111','from-internal','PJSIP/201-00000010','PJSIP/north-00000011','Dial','PJSIP/5855550111@north,300',40,31,'ANSWERED',3,'','1776313000.30','','','','201','Desk','5855550178','','','1776313000.30','',6),
('2026-04-16 00:18:20','\"Desk\" <201>','201','202','ext-local','PJSIP/201-00000014','PJSIP/202-00000015','Dial','PJSIP/202,20,tr',12,9,'ANSWERED',3,'','1776313100.33','','','','201','Desk','','','','1776313100.33','',7),
('2026-04-16 00:21:40','\"Ann Lee\" <5855550137>','5855550137','201','ext-local','PJSIP/north-00000017','PJSIP/201-00000018','Dial','PJSIP/201,20,tr',1,0,'BUSY',3,'','1776313300.40','','5855550178','','5855550137','Ann Lee','','','','1776313300.40','',8),
('1000-01-01 00:00:00','test','','','','','','','',0,0,'',0,'','','','','','','','','','','','',0);
UNLOCK TABLES;

DROP TABLE IF EXISTS `replicate_cdr`;
CREATE TABLE `replicate_cdr` (
  `calldate` datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  `clid` varchar(80) NOT NULL DEFAULT '',
  `src` varchar(80) NOT NULL DEFAULT '',
  `dst` varchar(80) NOT NULL DEFAULT '',
  `dcontext` varchar(80) NOT NULL DEFAULT '',
  `channel` varchar(80) NOT NULL DEFAULT '',
  `dstchannel` varchar(80) NOT NULL DEFAULT '',
  `lastapp` varchar(80) NOT NULL DEFAULT '',
  `lastdata` varchar(80) NOT NULL DEFAULT '',
  `duration` int(11) NOT NULL DEFAULT 0,
  `billsec` int(11) NOT NULL DEFAULT 0,
  `disposition` varchar(80) NOT NULL DEFAULT '',
  `amaflags` int(11) NOT NULL DEFAULT 0,
  `accountcode` varchar(80) NOT NULL DEFAULT '',
  `uniqueid` varchar(80) NOT NULL DEFAULT '',
  `userfield` varchar(80) NOT NULL DEFAULT '',
  `did` varchar(80) NOT NULL DEFAULT '',
  `recordingfile` varchar(80) NOT NULL DEFAULT '',
  `cnum` varchar(80) NOT NULL DEFAULT '',
  `cnam` varchar(80) NOT NULL DEFAULT '',
  `outbound_cnum` varchar(80) NOT NULL DEFAULT '',
  `outbound_cnam` varchar(80) NOT NULL DEFAULT '',
  `dst_cnam` varchar(80) NOT NULL DEFAULT '',
  `linkedid` varchar(80) NOT NULL DEFAULT '',
  `peeraccount` varchar(80) NOT NULL DEFAULT '',
  `sequence` int(11) NOT NULL DEFAULT 0,
  KEY `calldate` (`calldate`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `replicate_cdr` WRITE;
INSERT INTO `replicate_cdr` VALUES
('2026-04-16 00:18:20','\"Desk\" <201>','201','202','ext-local','PJSIP/201-00000014','PJSIP/202-00000015','Dial','PJSIP/202,20,tr',12,9,'ANSWERED',3,'','1776313100.33','','','','201','Desk','','','','1776313100.33','',7),
('2026-04-16 00:21:40','\"Ann Lee\" <5855550137>','5855550137','201','ext-local','PJSIP/north-00000017','PJSIP/201-00000018','Dial','PJSIP/201,20,tr',1,0,'BUSY',3,'','1776313300.40','','5855550178','','5855550137','Ann Lee','','','','1776313300.40','',8);
UNLOCK TABLES;

DROP TABLE IF EXISTS `cdr_settings`;
CREATE TABLE `cdr_settings` (`key` varchar(20), `value` varchar(20));
INSERT INTO `cdr_settings` VALUES ('version','16');
-- Dump completed on 2026-04-16  1:00:00
